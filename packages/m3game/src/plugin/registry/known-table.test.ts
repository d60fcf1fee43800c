import { createManualClock, createPluginContext, Received } from "@m3game/testing";
import { expect, test } from "vitest";
import type { Instance } from "../router.ts";
import { KnownTable } from "./known-table.ts";

const settleMs = 15_000;

function entry(ins: string, port = 1): Instance {
  return { app: `e.w.f.${ins}`, service: "e.w.f", host: "h", port, meta: {} };
}

function setUp() {
  const clock = createManualClock();
  const received = new Received<readonly Instance[]>();
  const context = createPluginContext("e.w.f.1");
  const table = new KnownTable(received.listener, { settleMs, clock, log: context.log });
  const shown = () =>
    received.items.map((instances) => instances.map(({ app, port }) => `${app.at(-1)}:${port}`).join(" "));
  return { clock, table, received, shown, context };
}

test("the first answer is told even when it is empty, the same content not twice", () => {
  const { table, shown } = setUp();
  table.update([], false);
  table.update([], false);
  table.update([entry("1")], false);
  table.update([entry("1", 1)], false);
  expect(shown()).toEqual(["", "1:1"]);
});

test("what has not changed is told as the same object, whatever object the registry has of it", () => {
  const { table, received } = setUp();
  const [first, second] = [entry("1"), entry("2")];
  table.update([first, second], false);
  table.update([entry("1"), entry("2", 5)], false);
  expect(received.items.at(-1)?.[0]).toBe(first);
  expect(received.items.at(-1)?.[1]).toEqual(entry("2", 5));
});

test("an instance that only lost a meta value has changed", () => {
  const { table, received } = setUp();
  const meta = (value: Record<string, string>) => [{ ...entry("1"), meta: value }];
  for (const value of [{ a: "1", b: "2" }, { b: "2", a: "1" }, { a: "1" }, { c: "1" }])
    table.update(meta(value), false);
  expect(received.items.map((instances) => instances[0]?.meta)).toEqual([{ a: "1", b: "2" }, { a: "1" }, { c: "1" }]);
});

test("without an outage an instance that is gone is gone at once", () => {
  const { table, shown } = setUp();
  table.update([entry("1"), entry("2")], false);
  table.update([entry("2")], false);
  expect(shown()).toEqual(["1:1 2:1", "2:1"]);
});

test("after an outage unconfirmed instances are kept for a while, new ones are taken at once", () => {
  const { table, shown, clock } = setUp();
  table.update([entry("1"), entry("2")], false);
  table.update([], true);
  table.update([entry("3")], false);
  clock.advance(settleMs - 1);
  expect(shown()).toEqual(["1:1 2:1", "1:1 2:1 3:1"]);
  clock.advance(1);
  expect(shown().at(-1)).toBe("3:1");
  expect(clock.pending).toBe(0);
});

test("after an outage an instance that was confirmed can go at once", () => {
  const { table, shown } = setUp();
  table.update([entry("1"), entry("2")], false);
  table.update([], true);
  table.update([entry("1", 5)], false);
  table.update([], false);
  expect(shown()).toEqual(["1:1 2:1", "1:5 2:1", "2:1"]);
});

test("a second outage starts the wait anew", () => {
  const { table, shown, clock } = setUp();
  table.update([entry("1")], false);
  table.update([], true);
  clock.advance(settleMs - 1);
  table.update([], true);
  clock.advance(settleMs - 1);
  expect(shown()).toEqual(["1:1"]);
  clock.advance(1);
  expect(shown()).toEqual(["1:1", ""]);
});

test("after its end nothing is told and no timer is left", () => {
  const { table, shown, clock } = setUp();
  table.update([entry("1")], false);
  table.update([], true);
  table.end();
  table.update([entry("2")], false);
  expect(shown()).toEqual(["1:1"]);
  expect(clock.pending).toBe(0);
});

test("a listener that throws is logged and told the next table all the same", () => {
  const context = createPluginContext("e.w.f.1");
  let calls = 0;
  const broken = () => {
    calls += 1;
    throw new Error("broken");
  };
  const table = new KnownTable(broken, { settleMs, clock: createManualClock(), log: context.log });
  table.update([], false);
  table.update([entry("1")], false);
  expect(calls).toBe(2);
  expect(context.lines.map(({ level }) => level)).toEqual(["error", "error"]);
});
