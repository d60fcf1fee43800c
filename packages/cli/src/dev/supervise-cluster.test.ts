import { EventEmitter } from "node:events";
import { createManualClock } from "@m3game/testing";
import { expect, test } from "vitest";
import { superviseCluster } from "./supervise-cluster.ts";

/** A process that ends when the test says so. */
function startFake() {
  const { promise: exited, resolve: exit } = Promise.withResolvers<number>();
  const received: NodeJS.Signals[] = [];
  return { exited, exit, received, signal: (signal: NodeJS.Signals) => void received.push(signal) };
}

function supervise({ page }: { readonly page?: ReturnType<typeof startFake> } = {}) {
  const signals = new EventEmitter();
  const clock = createManualClock();
  const started: ReturnType<typeof startFake>[] = [];
  let change: (files: readonly string[]) => void = () => {};
  const written: string[] = [];
  const output = { write: (text: string) => written.push(text) };
  const start = () => {
    const fake = startFake();
    started.push(fake);
    return fake;
  };
  const watch = {
    next: () =>
      new Promise<readonly string[]>((resolve) => {
        change = resolve;
      }),
  };
  const code = superviseCluster({
    stdout: output,
    stderr: output,
    signals,
    clock,
    watch,
    start,
    ...(page && { page }),
  });
  return { signals, clock, started, code, change: (file: string) => change([file]), text: () => written.join("") };
}

/** Lets everything that can go on do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test("the old one has ended before the new one starts", async () => {
  const { signals, started, code, change } = supervise();
  change("a.ts");
  await settle();
  expect(started.map(({ received }) => received)).toEqual([["SIGTERM"]]);
  started[0]?.exit(0);
  await settle();
  expect(started).toHaveLength(2);
  signals.emit("SIGINT");
  started[1]?.exit(7);
  expect(await code).toBe(7);
});

test("a signal that comes after the end is still heard, and changes nothing", async () => {
  const { signals, started, code } = supervise();
  signals.emit("SIGINT");
  started[0]?.exit(0);
  expect(await code).toBe(0);
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) expect(signals.emit(signal)).toBe(true);
});

test("a stop while the old one ends starts no new one", async () => {
  const { signals, started, code, change } = supervise();
  change("a.ts");
  await settle();
  signals.emit("SIGINT");
  started[0]?.exit(0);
  expect(await code).toBe(0);
  expect(started.map(({ received }) => received)).toEqual([["SIGTERM", "SIGINT"]]);
});

test("one that ended by itself is started again after a change", async () => {
  const { signals, started, code, change, text } = supervise();
  started[0]?.exit(1);
  await settle();
  expect(text()).toContain("The cluster ended with code 1");
  expect(started).toHaveLength(1);
  change("a.ts");
  await settle();
  expect(started).toHaveLength(2);
  started[1]?.exit(3);
  await settle();
  signals.emit("SIGTERM");
  expect(await code).toBe(3);
});

test("the page's server ends after the cluster", async () => {
  const page = startFake();
  const { signals, started, code } = supervise({ page });
  signals.emit("SIGINT");
  await settle();
  expect(page.received).toEqual([]);
  started[0]?.exit(0);
  await settle();
  expect(page.received).toEqual(["SIGTERM"]);
  page.exit(143);
  expect(await code).toBe(0);
});

test.each([
  [1, 1],
  [0, 0],
])("a page's server that ends with %i by itself ends the cluster, with %i", async (pageCode, expected) => {
  const page = startFake();
  const { started, code, text } = supervise({ page });
  page.exit(pageCode);
  await settle();
  expect(started[0]?.received).toEqual(["SIGTERM"]);
  started[0]?.exit(0);
  expect(await code).toBe(expected);
  expect(text()).toContain(`The page's server ended with code ${pageCode}; so the apps are stopped.`);
});

test("signals go on; one that does not even see a late second one is killed", async () => {
  const { signals, clock, started, code } = supervise();
  signals.emit("SIGINT");
  clock.advance(999);
  signals.emit("SIGINT");
  expect(clock.pending).toBe(0);
  clock.advance(1);
  signals.emit("SIGINT");
  clock.advance(1999);
  expect(started[0]?.received).toEqual(["SIGINT", "SIGINT", "SIGINT"]);
  clock.advance(1);
  expect(started[0]?.received.at(-1)).toBe("SIGKILL");
  started[0]?.exit(1);
  expect(await code).toBe(1);
});
