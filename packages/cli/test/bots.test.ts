import { join } from "node:path";
import { MultiSer } from "@m3game/examples/gen/multi_pb.js";
import { gateWs } from "@m3game/gate-ws";
import type { BotsReport } from "@m3game/testing/bots";
import { Code, defineApp, M3Error, type SessionHandler, sessions, startApp } from "m3game";
import { expect, onTestFinished, test } from "vitest";
import { runM3 } from "./support/run-in-process.ts";

const fixture = (name: string) => join(import.meta.dirname, "fixtures", name);
const quick = ["--sessions", "3", "--ramp", "0.01", "--duration", "1"];

/** A gate that answers by itself. Resolves with its URL. */
async function startGate(onCall: NonNullable<SessionHandler["onCall"]>): Promise<string> {
  const onAuth = (content: Uint8Array) => ({ id: new TextDecoder().decode(content.subarray(2)), response: content });
  const gate = sessions({ services: [MultiSer], onAuth, onCall });
  const app = await startApp(defineApp({ func: "gate", servers: [], plugins: [gateWs], gate }), {
    id: "test.w1.gate.1",
    config: "[[Plugin.Lease.lease_memory]]\n[[Plugin.Gate.gate_ws]]\n[[Server.Gate]]\nCallsPerSecond = 1000000\n",
  });
  onTestFinished(() => app[Symbol.asyncDispose]());
  return `ws://${app.endpoints.find(({ scheme }) => scheme === "ws")?.endpoint}`;
}

test("bots play the scenario of a file, and the report is a table or JSON", async () => {
  const url = await startGate(({ content }) => content);
  const table = await runM3(["bots", fixture("scenario.ts"), "--url", url, ...quick]);
  expect(table).toMatchObject({ code: 0, stderr: "" });
  expect(table.stdout).toMatch(/^3 of 3 sessions for /);
  expect(table.stdout).toMatch(/^proto\.MultiSer\/Hello +\d+ /m);
  const { code, stdout } = await runM3(["bots", fixture("scenario.ts"), "--url", url, ...quick, "--json"]);
  expect(code).toBe(0);
  const report: BotsReport = JSON.parse(stdout);
  expect(report).toMatchObject({ sessions: 3, connected: 3 });
  expect(report.operations.map(({ name }) => name)).toEqual(["connect", "proto.MultiSer/Hello"]);
});

test("what fails is named by its kind, and the exit code says so", async () => {
  const url = await startGate(() => {
    throw new M3Error(Code.FAILED_PRECONDITION, "broken", { reason: "BROKEN" });
  });
  const { code, stdout } = await runM3(["bots", fixture("scenario.ts"), "--url", url, ...quick]);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^ {2}proto\.MultiSer\/Hello: BROKEN \d+$/m);
});

test.each([
  [[], "which scenario"],
  [["scenario.ts"], "--url"],
  [["scenario.ts", "--url", "localhost:80"], "--url"],
  [["scenario.ts", "--url", "ws://x", "--sessions", "0"], "--sessions"],
  [["scenario.ts", "--url", "ws://x", "--ramp", "soon"], "--ramp"],
])("wrong usage: %j", async (args, problem) => {
  const { code, stderr } = await runM3(["bots", ...args]);
  expect(code).toBe(2);
  expect(stderr).toContain(problem);
});

test("a file without a scenario is named", async () => {
  const { code, stderr } = await runM3(["bots", fixture("app.ts"), "--url", "ws://127.0.0.1:1"]);
  expect(code).toBe(1);
  expect(stderr).toContain("defineScenario");
});
