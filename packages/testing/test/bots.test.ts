import { fromBinary } from "@bufbuild/protobuf";
import { Hello_ReqSchema, MultiSer } from "@m3game/examples/gen/multi_pb.js";
import { gateWs } from "@m3game/gate-ws";
import { Code, defineApp, M3Error, type PlayerCall, type SessionHandler, sessions, startApp } from "m3game";
import { expect, onTestFinished, test } from "vitest";
import { type BotsReport, defineScenario, runBots, type Scenario } from "../src/bots.ts";

const hello = "proto.MultiSer/Hello";
const noErrors = {};

/** A gate that answers by itself with what it was asked. Resolves with its URL. */
async function startGate(onCall: (text: string, call: PlayerCall) => void): Promise<string> {
  const gate: SessionHandler = sessions({
    services: [MultiSer],
    onAuth(content) {
      const token = new TextDecoder().decode(content.subarray(2));
      if (token === "nobody") throw new M3Error(Code.UNAUTHENTICATED, "who is that?");
      return { id: token, response: content };
    },
    onCall(call) {
      onCall(fromBinary(Hello_ReqSchema, call.content).req, call);
      return call.content;
    },
  });
  const app = await startApp(defineApp({ func: "gate", servers: [], plugins: [gateWs], gate }), {
    id: "test.w1.gate.1",
    config: "[[Plugin.Lease.lease_memory]]\n[[Plugin.Gate.gate_ws]]\n[[Server.Gate]]\nCallsPerSecond = 1000000\n",
  });
  onTestFinished(() => app[Symbol.asyncDispose]());
  return `ws://${app.endpoints.find(({ scheme }) => scheme === "ws")?.endpoint}`;
}

interface Play {
  readonly sessions: number;
  /** What the gate does with a call; the run is over once it has returned true. */
  readonly onCall: (text: string, call: PlayerCall) => boolean;
}

async function play(scenario: Partial<Scenario>, { sessions, onCall }: Play): Promise<BotsReport> {
  const over = new AbortController();
  const url = await startGate((text, call) => {
    if (onCall(text, call)) over.abort();
  });
  const round: Scenario["round"] = async (bot) => {
    await bot.service(MultiSer).hello({ req: `${bot.index}` });
  };
  const complete = defineScenario({ token: (index) => `bot-${index}`, round, ...scenario });
  return runBots(complete, { url, sessions, rampMs: 20, durationMs: 60_000, signal: over.signal });
}

/** True from the call on that follows `count` others of each bot. */
function after(count: number, bots: number): (text: string) => boolean {
  const seen = new Map<string, number>();
  return (text) => {
    seen.set(text, (seen.get(text) ?? 0) + 1);
    return seen.size === bots && [...seen.values()].every((calls) => calls > count);
  };
}

function operation({ operations }: BotsReport, name: string) {
  return operations.find((each) => each.name === name);
}

test("bots log in and play their rounds, and the report says how long it took", async () => {
  const report = await play({}, { sessions: 5, onCall: after(20, 5) });
  expect(report).toMatchObject({ sessions: 5, connected: 5, disconnects: 0, ended: 0 });
  expect(operation(report, "connect")).toMatchObject({ count: 5, errors: noErrors });
  const calls = operation(report, hello);
  expect(calls?.errors).toEqual(noErrors);
  expect(calls?.count).toBeGreaterThan(0);
  const { p50Ms = 0, p99Ms = 0, maxMs = 0, perSecond = 0 } = calls ?? {};
  expect(p50Ms).toBeGreaterThan(0);
  expect(p99Ms).toBeGreaterThanOrEqual(p50Ms);
  expect(maxMs).toBeGreaterThanOrEqual(p99Ms);
  expect(perSecond).toBeGreaterThan(0);
});

test("what fails is counted by kind: logins, calls, and the scenario itself", async () => {
  let failed = 0;
  const report = await play(
    {
      token: (index) => (index === 2 ? "nobody" : `bot-${index}`),
      async round(bot) {
        if (bot.index === 1) throw new RangeError("a bug");
        await bot.service(MultiSer).hello({ req: "fail" });
      },
    },
    {
      sessions: 3,
      onCall() {
        if (++failed > 1) return true;
        throw new M3Error(Code.FAILED_PRECONDITION, "broken", { reason: "BROKEN" });
      },
    },
  );
  expect(report.connected).toBe(2);
  expect(operation(report, "connect")).toMatchObject({ count: 2, errors: { UNAUTHENTICATED: 1 } });
  expect(operation(report, "scenario")?.errors).toEqual({ RangeError: expect.any(Number) });
  expect(operation(report, hello)?.errors).toEqual({ BROKEN: 1 });
});

test("what a bot measures itself is an operation, and what it does at the start it does once", async () => {
  let starts = 0;
  const report = await play(
    {
      start: () => void starts++,
      round: (bot) =>
        bot.measure("two calls", async () => {
          for (let call = 0; call < 2; call++) await bot.client.service(MultiSer).hello({ req: `${bot.index}` });
        }),
    },
    { sessions: 2, onCall: after(20, 2) },
  );
  expect(starts).toBe(2);
  expect(report.operations.map(({ name }) => name).toSorted()).toEqual(["connect", "two calls"]);
});

test("a session that the gate ends is counted, and the others go on", async () => {
  let kicked = false;
  const othersDone = after(20, 1);
  const report = await play(
    {},
    {
      sessions: 2,
      onCall(text, { session }) {
        if (text !== "0") return kicked && othersDone(text);
        session.kick("out");
        kicked = true;
        return false;
      },
    },
  );
  expect(report).toMatchObject({ connected: 2, ended: 1 });
});

test("a pause ends with the run", async () => {
  const report = await play(
    {
      async round(bot) {
        await bot.service(MultiSer).hello({ req: "x" });
        await bot.pause(3_600_000);
      },
    },
    { sessions: 1, onCall: () => true },
  );
  expect(operation(report, "scenario")).toBeUndefined();
});
