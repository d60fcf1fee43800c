import { expect, test } from "vitest";
import { GameSer, UnsafeSer } from "../../test/support/game-service.ts";
import { RecordingLog } from "../../test/support/recording-log.ts";
import { TestGate } from "../../test/support/test-gate.ts";
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
