import { RecordingMetrics } from "@m3game/testing";
import { expect, test } from "vitest";
import { backApp, callerApp, failure, startTestCluster } from "../../test/support/cluster.ts";
import { stopTime } from "../../test/support/fake-time.ts";
import { TestOutboundCall } from "../../test/support/outbound-call.ts";
import { RawNetwork } from "../../test/support/raw-network.ts";
import { BackSer } from "../../test/support/services.ts";
import { random } from "../rpc/route.ts";

const caller = "test.w1.caller.1";
const back = "test.w1.back.1";

function measured(metrics: RecordingMetrics) {
  return { plugins: [metrics.plugin], config: metrics.config };
}

test("calls are counted and timed on both sides, by method and code", async () => {
  const [client, server] = [new RecordingMetrics(), new RecordingMetrics()];
  const app = backApp({
    repeat: () => {
      throw new Error("broken");
    },
  });
  const cluster = await startTestCluster([
    { app, id: back, ...measured(server) },
    { app: callerApp(), id: caller, ...measured(client) },
  ]);
  const calls = cluster.app(caller).client(BackSer);
  for (let call = 0; call < 3; call++) await calls.say({});
  await failure(calls.repeat({}));
  for (const [metrics, side] of [
    [client, "client"],
    [server, "server"],
  ] as const) {
    const say = { side, method: "/m3test.BackSer/Say" };
    expect(metrics.value("m3_rpc_calls_total", { ...say, code: "OK" })).toBe(3);
    expect(metrics.value("m3_rpc_duration_seconds_count", say)).toBe(3);
    expect(metrics.value("m3_rpc_calls_total", { side, method: "/m3test.BackSer/Repeat", code: "INTERNAL" })).toBe(1);
    expect(metrics.value("m3_rpc_in_flight", { side })).toBe(0);
  }
});

test("calls under way are seen", async () => {
  const metrics = new RecordingMetrics();
  const entered = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const app = backApp({
    say: async (request) => {
      entered.resolve();
      await opened.promise;
      return request;
    },
  });
  const cluster = await startTestCluster([{ app, id: back, ...measured(metrics) }]);
  const answer = cluster.app(back).client(BackSer).say({});
  await entered.promise;
  expect(metrics.value("m3_rpc_in_flight", { side: "client" })).toBe(1);
  expect(metrics.value("m3_rpc_in_flight", { side: "server" })).toBe(1);
  opened.resolve();
  await answer;
  expect(metrics.value("m3_rpc_in_flight", { side: "server" })).toBe(0);
});

test("a call that its own interceptors hold up begins when they let it go", async () => {
  const metrics = new RecordingMetrics();
  const held = Promise.withResolvers<void>();
  const app = callerApp({ interceptors: [(_call, next) => held.promise.then(next)] });
  const cluster = await startTestCluster([
    { app: backApp(), id: back },
    { app, id: caller, ...measured(metrics) },
  ]);
  const time = stopTime();
  const answer = cluster.app(caller).client(BackSer).say({});
  await time.pass(1000);
  held.resolve();
  await answer;
  const say = { side: "client", method: "/m3test.BackSer/Say" };
  expect(metrics.value("m3_rpc_duration_seconds_sum", say)).toBe(0);
});

test("a call takes as long as its handler, on both sides", async () => {
  const metrics = new RecordingMetrics();
  const held = Promise.withResolvers<void>();
  const app = backApp({ say: (request) => held.promise.then(() => request) });
  const cluster = await startTestCluster([{ app, id: back, ...measured(metrics) }]);
  const time = stopTime();
  const answer = cluster.app(back).client(BackSer).say({});
  await time.pass(1000);
  held.resolve();
  await answer;
  for (const side of ["client", "server"]) {
    const say = { side, method: "/m3test.BackSer/Say" };
    expect(metrics.value("m3_rpc_duration_seconds_sum", say)).toBeCloseTo(1);
  }
});

test("what is refused is counted too, and an invented method is no series of its own", async () => {
  const metrics = new RecordingMetrics();
  const network = new RawNetwork();
  await network.start(backApp({}, { plugins: [metrics.plugin] }), back, metrics.config);
  for (const method of ["/m3test.BackSer/Nothing", "/other.Ser/Any"]) {
    await network.send(back, new TestOutboundCall(random(), { method }));
  }
  await network.send(back, new TestOutboundCall(random(), { payload: Uint8Array.of(0xff) }));
  const unknown = { side: "server", method: "unknown", code: "UNIMPLEMENTED" };
  expect(metrics.value("m3_rpc_calls_total", unknown)).toBe(2);
  const bad = { side: "server", method: "/m3test.BackSer/Say", code: "INVALID_ARGUMENT" };
  expect(metrics.value("m3_rpc_calls_total", bad)).toBe(1);
});
