import { create } from "@bufbuild/protobuf";
import { createManualClock } from "@m3game/testing";
import { describe, expect, test } from "vitest";
import { AskSchema, PlayerSer } from "../../test/support/player-services.ts";
import { Code } from "../meta/code.ts";
import { M3Error } from "../meta/error.ts";
import { emptyMetadata } from "../meta/metadata.ts";
import { readServiceMeta } from "../meta/service-meta.ts";
import { CallTraces, type EndedCall } from "./call-traces.ts";

const [meta] = readServiceMeta(PlayerSer).methods;
const nobody: EndedCall = {
  ...{ method: "/m3test.PlayerSer/Do", metadata: emptyMetadata, hashKey: "", chain: "", sourceApp: "test.w1.gate.1" },
};
const of17 = { ...nobody, hashKey: "17" };

function setUp() {
  const clock = createManualClock();
  const traces = new CallTraces(clock);
  /** Adds a call, and says whether it is followed. */
  const follows = (call: EndedCall) => {
    const { cursor } = traces.follow("test", "17", 0);
    traces.add(call, undefined);
    return traces.follow("test", "17", 0).cursor > cursor;
  };
  return { clock, traces, follows };
}

describe("a call is followed", () => {
  test.each<[string, Partial<EndedCall>]>([
    ["that a gate makes for the player", { metadata: new Map([["gate-player", "17"]]) }],
    ["that is routed by the id", { hashKey: "17" }],
    ["that names the actor in its request", { ...(meta && { meta }), request: create(AskSchema, { id: "17" }) }],
    ["that names the actor in its metadata", { ...(meta && { meta }), metadata: new Map([["actorid", "17"]]) }],
    ["that is made for the player", { metadata: new Map([["gate-followed", "9,17"]]) }],
    ["that the actor waits for", { chain: "role/Role/17" }],
    ["that the actor waits for, with others", { chain: "club/Club/7,role/Role/17,fight/Fight/9" }],
  ])("%s", (_, part) => {
    expect(setUp().follows({ ...nobody, ...part })).toBe(true);
  });

  test.each<[string, Partial<EndedCall>]>([
    ["of nobody", {}],
    ["of another player", { metadata: new Map([["gate-player", "170"]]), hashKey: "117" }],
    ["that is made for another player", { metadata: new Map([["gate-followed", "170,117"]]) }],
    ["that another actor waits for", { chain: "role/Role/117,role/Role/171" }],
    ["with another key", { ...(meta && { meta }), request: create(AskSchema, { id: "18", text: "17" }) }],
  ])("not one %s", (_, part) => {
    expect(setUp().follows({ ...nobody, ...part })).toBe(false);
  });
});

test("what was told is forgotten with the next question, and told again when its answer was lost", () => {
  const { clock, traces } = setUp();
  expect(traces.isOn).toBe(false);
  expect(traces.follow("test", "17", 0)).toEqual({ isNew: true, calls: [], cursor: 0, lost: 0 });
  expect(traces.isOn).toBe(true);
  const startedAt = clock.now();
  clock.advance(7);
  traces.add({ ...of17, startedAt }, new M3Error(Code.NOT_FOUND, "no club", { reason: "NO_CLUB" }));
  const one = { method: of17.method, caller: of17.sourceApp, code: "NOT_FOUND", reason: "NO_CLUB", ms: 7 };
  const first = traces.follow("test", "17", 0);
  expect(first).toMatchObject({ isNew: false, calls: [one], cursor: 1 });
  traces.add(of17, undefined);
  expect(traces.follow("test", "17", 0)).toMatchObject({ calls: [one, { code: "OK", ms: 0 }], cursor: 2 });
  expect(traces.follow("test", "17", 1)).toMatchObject({ calls: [{ code: "OK" }], cursor: 2 });
  expect(traces.follow("test", "17", 2)).toMatchObject({ calls: [], cursor: 2 });
});

test("a call says to whom those that are made for it belong", () => {
  const { traces } = setUp();
  for (const [name, id] of [
    ["a", "17"],
    ["b", "17"],
    ["c", "a,b"],
    ["d", "18"],
  ] as const)
    traces.follow(name, id, 0);
  expect(traces.mark(of17)).toBe("17");
  expect(traces.mark(nobody)).toBe("");
  const made = { ...nobody, metadata: new Map([["gate-followed", "17,a%2Cb"]]) };
  expect(traces.mark(made)).toBe("17,a%2Cb");
});

test("it ends by itself, and a later question begins anew whatever its cursor", () => {
  const { clock, traces } = setUp();
  traces.follow("test", "17", 0);
  clock.advance(9_999);
  traces.follow("test", "17", 0);
  clock.advance(9_999);
  traces.add(of17, undefined);
  expect(traces.isOn).toBe(true);
  clock.advance(1);
  traces.add(of17, undefined);
  expect(traces.isOn).toBe(false);
  expect(traces.follow("test", "17", 1)).toMatchObject({ isNew: true, calls: [], cursor: 0 });
});

test("two follow one id without taking calls from each other, but not any number", () => {
  const { traces } = setUp();
  for (const name of ["a", "b"]) traces.follow(name, "17", 0);
  traces.add(of17, undefined);
  for (const name of ["a", "b"]) expect(traces.follow(name, "17", 0).calls).toHaveLength(1);
  for (const name of ["c", "d", "e", "f", "g", "h"]) traces.follow(name, "17", 0);
  expect(() => traces.follow("i", "17", 0)).toThrow("8 ids are followed already");
  expect(traces.follow("a", "17", 1)).toMatchObject({ isNew: false });
});

test("200 calls a second are kept, and 500 until they are told; the others are counted", () => {
  const { clock, traces } = setUp();
  traces.follow("test", "17", 0);
  const add = (count: number) => {
    for (let call = 0; call < count; call++) traces.add(of17, undefined);
  };
  add(201);
  expect(traces.follow("test", "17", 0)).toMatchObject({ cursor: 200, lost: 1 });
  for (let second = 0; second < 2; second++) {
    clock.advance(1000);
    add(200);
  }
  expect(traces.follow("test", "17", 0)).toMatchObject({ cursor: 500, lost: 101 });
  clock.advance(1000);
  expect(traces.follow("test", "17", 500).calls).toEqual([]);
  add(1);
  expect(traces.follow("test", "17", 500)).toMatchObject({ cursor: 501, lost: 101 });
});
