import { EventEmitter } from "node:events";
import { setImmediate as nextRound } from "node:timers/promises";
import { createManualClock } from "@m3game/testing";
import { type App, defineApp, startApp } from "m3game";
import { reasonError } from "m3game/internal";
import { expect, test } from "vitest";
import { type HostedApps, type HostOptions, hostApps } from "./host-apps.ts";

const talk = defineApp({ func: "talk", servers: [] });

function startTalk(signal?: AbortSignal): Promise<App> {
  return startApp(talk, { id: "test.world1.talk.1", ...(signal && { signal }) });
}

/** Hosts apps with signals and time of the test's own. */
function host(start: (signal: AbortSignal) => Promise<HostedApps>, options: Partial<HostOptions> = {}) {
  const signals = new EventEmitter();
  const clock = createManualClock();
  const written: string[] = [];
  const output = { write: (text: string) => written.push(text) };
  const code = hostApps(start, { stdout: output, stderr: output, signals, isTerminal: false, clock, ...options });
  return { signals, clock, code, text: () => written.join("") };
}

/** Hosts one app that runs, and one whose stop waits until the test lets it go. */
async function hostRunning(options: Partial<HostOptions> = {}) {
  const app = await startTalk();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: drained, resolve: onDrained } = Promise.withResolvers<void>();
  const stop = async () => {
    await app.drain();
    onDrained();
    await released;
    await app.stop();
  };
  const hosted = host(async () => ({ apps: [app], stop }), options);
  return { ...hosted, app, drained, release };
}

test.each(["SIGINT", "SIGTERM", "disconnect"])("%s stops the apps and ends with 0", async (signal) => {
  const { signals, code, app, release } = await hostRunning();
  release();
  signals.emit(signal);
  expect(await code).toBe(0);
  expect(app.state).toBe("stopped");
});

test("signals that would end the process are listened to until the caller exits it", async () => {
  const { signals, code, text, release } = await hostRunning();
  release();
  signals.emit("SIGINT");
  expect(await code).toBe(0);
  expect(signals.eventNames()).toEqual(["SIGINT", "SIGTERM", "SIGHUP"]);
  const before = text();
  signals.emit("SIGINT");
  expect(text()).toBe(before);
});

test("a signal again within a second is the same signal", async () => {
  const { signals, clock, code, app, release } = await hostRunning();
  signals.emit("SIGINT");
  clock.advance(999);
  signals.emit("SIGINT");
  signals.emit("SIGTERM");
  release();
  expect(await code).toBe(0);
  expect(app.state).toBe("stopped");
});

test("so is one that waited in a process that was busy for a second", async () => {
  const { signals, clock, code, release } = await hostRunning();
  signals.emit("SIGINT");
  clock.advance(5000);
  signals.emit("SIGINT");
  release();
  expect(await code).toBe(0);
});

test.each([
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)("a later %s ends at once and says what still ran", async (signal, expected) => {
  const { signals, clock, code, text, app, drained, release } = await hostRunning();
  signals.emit("SIGTERM");
  await drained;
  clock.advance(1000);
  await nextRound();
  signals.emit(signal);
  expect(await code).toBe(expected);
  expect(text()).toContain(
    `ended at once by a second signal, ${signal}; what still ran:\n  test.world1.talk.1 draining, 0 calls\n`,
  );
  release();
  await app.stop();
});

test("a hang-up while it stops changes nothing", async () => {
  const { signals, clock, code, release } = await hostRunning({ isTerminal: true });
  signals.emit("SIGTERM");
  clock.advance(5000);
  signals.emit("SIGHUP");
  release();
  expect(await code).toBe(0);
});

test("SIGHUP stops with a terminal, and where nothing can be reloaded", async () => {
  const reload = async () => expect.unreachable("with a terminal nothing is reloaded");
  for (const options of [{ isTerminal: true, reload }, { isTerminal: false }]) {
    const { signals, code, release } = await hostRunning(options);
    release();
    signals.emit("SIGHUP");
    expect(await code).toBe(0);
  }
});

test("SIGHUP without a terminal reloads, one after another; a refused one is told and changes nothing", async () => {
  const running: string[] = [];
  const { promise: second, resolve } = Promise.withResolvers<void>();
  const reload = async () => {
    running.push("begin");
    await Promise.resolve();
    running.push("end");
    if (running.length === 4) resolve();
    throw reasonError("CONFIG_INVALID", "simple.toml: Options.Rpc.TimeoutMs: found 0");
  };
  const { signals, code, text, app, release } = await hostRunning({ reload });
  signals.emit("SIGHUP");
  signals.emit("SIGHUP");
  await second;
  expect(running).toEqual(["begin", "end", "begin", "end"]);
  expect(text()).toContain("reload refused, nothing has changed: simple.toml: Options.Rpc.TimeoutMs: found 0\n");
  expect(app.state).toBe("ready");
  release();
  signals.emit("SIGTERM");
  expect(await code).toBe(0);
});

test("SIGUSR2 drains and keeps the process", async () => {
  const { promise: told, resolve } = Promise.withResolvers<string>();
  const { signals, code, app, release } = await hostRunning({ stdout: { write: resolve } });
  signals.emit("SIGUSR2");
  expect(await told).toContain("SIGUSR2: out of the registry");
  expect(app.state).toBe("draining");
  release();
  signals.emit("SIGTERM");
  expect(await code).toBe(0);
});

test("a stop during the start ends it", async () => {
  const { promise: starting, resolve } = Promise.withResolvers<void>();
  const slow = defineApp({
    func: "talk",
    servers: [],
    onInit: () => {
      resolve();
      return new Promise(() => {});
    },
  });
  const { signals, code } = host(async (signal) => {
    const app = await startApp(slow, { id: "test.world1.talk.1", signal });
    return { apps: [app], stop: () => app.stop() };
  });
  await starting;
  signals.emit("SIGTERM");
  expect(await code).toBe(0);
});

test("a start that hangs on is left by a second signal", async () => {
  const { signals, clock, code, text } = host(() => new Promise(() => {}));
  signals.emit("SIGINT");
  clock.advance(1000);
  await nextRound();
  signals.emit("SIGINT");
  expect(await code).toBe(130);
  expect(text()).toContain("what still ran:\n  the start\n");
});

test("a start that fails rejects", async () => {
  const { code } = host(() => Promise.reject(new Error("no server")));
  await expect(code).rejects.toThrow("no server");
});

test.each([
  ["uncaughtException", "uncaught exception"],
  ["unhandledRejection", "unhandled rejection"],
])("%s ends at once with 1 and its stack", async (event, words) => {
  const { signals, code, text, app } = await hostRunning();
  signals.emit(event, new Error("nobody cares"));
  expect(await code).toBe(1);
  expect(text()).toContain(`${words}: Error: nobody cares\n    at `);
  await app.stop();
});
