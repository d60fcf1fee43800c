import { expect, test } from "vitest";
import { GameSer, UnsafeSer } from "../../test/support/game-service.ts";
import { RecordingLog } from "../../test/support/recording-log.ts";
import { TestGate } from "../../test/support/test-gate.ts";
import { startCluster } from "../app/cluster.ts";
import { defineApp } from "../app/define-app.ts";
import { startApp } from "../app/start-app.ts";
import { sessions } from "./sessions.ts";

const id = "test.w1.gate.1";
const gateSection = "[[Plugin.Gate.gate_test]]\n";

function start(config: string, services = [GameSer as typeof GameSer | typeof UnsafeSer], func = "gate") {
  const gate = sessions({ services, onAuth: (content) => ({ id: "june", response: content }) });
  const app = defineApp({ func, servers: [], gate, plugins: [new TestGate().plugin] });
  return startApp(app, { id, config });
}

test("clients can't get a service whose actors are those that a request names", async () => {
  await expect(start(gateSection, [UnsafeSer])).rejects.toThrow(/\/m3test\.UnsafeSer\/Act safely: .* actor_key/);
});

test.each([
  ["playerid", /finds its actors/],
  ["m3routetype", /never forwarded/],
  ["grpc-timeout", /never forwarded/],
  ["gate-session", /never forwarded/],
  ["traceparent", /the gate links its own span/],
  ["Lang", /lower case/],
])("the meta %s can't be forwarded", async (key, message) => {
  await expect(start(`${gateSection}[[Server.Gate]]\nForwardMetas = ["${key}"]`)).rejects.toThrow(message);
});

test("a secret that is too short is named, and not shown", async () => {
  const started = start(`${gateSection}[[Server.Gate]]\nResumeSecret = "hunter2"`);
  const message = await started.catch((error: Error) => error.message);
  expect(message).toContain("ResumeSecret");
  expect(message).not.toContain("hunter2");
});

test("of several gates one without a secret says what that costs", async () => {
  const log = new RecordingLog();
  const member = (ins: number, config: string) => {
    const gate = sessions({ services: [GameSer], onAuth: (content) => ({ id: "june", response: content }) });
    const app = defineApp({ func: "gate", servers: [], gate, plugins: [new TestGate().plugin, log.plugin] });
    return { app, id: `test.w1.gate.${ins}`, config: `${gateSection}${log.config}${config}` };
  };
  const warnings = () => log.at("warn").map(({ message }) => message);
  const withSecret = `[[Server.Gate]]\nResumeSecret = "0123456789abcdef"\n`;
  await using cluster = await startCluster([member(1, ""), member(2, withSecret)]);
  await expect
    .poll(warnings, { timeout: 20_000 })
    .toEqual([expect.stringContaining("set the same ResumeSecret in [[Server.Gate]]")]);
  await cluster.start(member(3, withSecret));
  await cluster.start(member(4, "[[Server.Gate]]\nResumeWindow = 0\n"));
  expect(warnings()).toHaveLength(1);
});

const secret = 'ResumeSecret = "0123456789abcdef"\n';

test.each([
  [`${secret}KeepPushes = true`, /KeepPushes: there is no store: add \[\[Plugin.DB.db_redis\]\]/],
  [`${secret}KeepPushes = "other"\n[[Plugin.DB.db_memory]]`, /KeepPushes: no db plugin has Name = "other"/],
  ["KeepPushes = true\n[[Plugin.DB.db_memory]]", /KeepPushes: no session outlives its gate: set the same ResumeSecret/],
  [`${secret}ResumeWindow = 0\nKeepPushes = true\n[[Plugin.DB.db_memory]]`, /KeepPushes: .*a ResumeWindow/],
])("pushes that nobody could keep, or fetch, are refused: %s", async (config, message) => {
  await expect(start(`${gateSection}[[Server.Gate]]\n${config}`)).rejects.toThrow(message);
});

test("sessions need a gate", async () => {
  await expect(start("")).rejects.toThrow("no gate for them: add [[Plugin.Gate.gate_ws]]");
});

test("a gate without sessions does not listen, and says so", async () => {
  const [gate, log] = [new TestGate(), new RecordingLog()];
  const none = defineApp({ func: "gate", servers: [], plugins: [gate.plugin, log.plugin] });
  await using _app = await startApp(none, { id, config: gateSection + log.config });
  expect(gate.host).toBeUndefined();
  expect(log.lines.map(({ message }) => message)).toContainEqual(expect.stringContaining("gate_test does not listen"));
});
