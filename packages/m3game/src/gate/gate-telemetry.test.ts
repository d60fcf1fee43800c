import { RecordingMetrics, RecordingTracer } from "@m3game/testing";
import { expect, test } from "vitest";
import { startGateWorld } from "../../test/support/gate-world.ts";

const clientContext = { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", tracestate: "a=1" };
const metas = Object.entries(clientContext).map(([key, value]) => ({ key, value }));

test("a forwarded call has a span at the gate, to which the client's trace is linked, and goes on with its context", async () => {
  const tracer = new RecordingTracer();
  const world = await startGateWorld({ config: tracer.config, plugins: [tracer.plugin] });
  const client = await world.player("june");
  expect(await client.ask("Traced", "hi", { metas })).toBe("hi!");
  const [span, ...others] = tracer.named("m3test.GameSer/Traced");
  expect(others).toEqual([]);
  expect(span).toMatchObject({ kind: "client", links: [clientContext], isEnded: true, hasFailed: false });
  expect(span?.parent).toBeUndefined();
  const { context } = await world.called("hi");
  expect(context.metadata.get("traceparent")).toBe(span?.context.traceparent);
  expect(context.metadata.has("tracestate")).toBe(false);
});

test("a client's trace context goes no further where the method makes no spans, or nobody traces", async () => {
  const tracer = new RecordingTracer();
  for (const [method, options] of [
    ["Say", { config: tracer.config, plugins: [tracer.plugin] }],
    ["Traced", {}],
  ] as const) {
    const world = await startGateWorld(options);
    const client = await world.player("june");
    expect(await client.ask(method, "hi", { metas })).toBe("hi!");
    const { context } = await world.called("hi");
    expect(context.metadata.has("traceparent")).toBe(false);
  }
  expect(tracer.named("m3test.GameSer/Say")).toEqual([]);
});

test("forwarded calls are counted and timed as a client's, by method and code", async () => {
  const metrics = new RecordingMetrics();
  const tracer = new RecordingTracer();
  const config = `${metrics.config}${tracer.config}`;
  const world = await startGateWorld({ config, plugins: [metrics.plugin, tracer.plugin] });
  const client = await world.player("june");
  for (const text of ["one", "two"]) await client.ask("Traced", text);
  expect(await client.ask("Traced", "", { content: new Uint8Array([255, 255]) })).toBe("BAD_REQUEST");
  const labels = { side: "client", method: "/m3test.GameSer/Traced" };
  expect(metrics.value("m3_rpc_calls_total", { ...labels, code: "OK" })).toBe(2);
  expect(metrics.value("m3_rpc_calls_total", { ...labels, code: "INVALID_ARGUMENT" })).toBe(1);
  expect(metrics.value("m3_rpc_duration_seconds_count", labels)).toBe(3);
  expect(metrics.value("m3_rpc_in_flight", { side: "client" })).toBe(0);
  expect(tracer.named("m3test.GameSer/Traced").map(({ hasFailed }) => hasFailed)).toEqual([false, false, true]);
});

test("a forwarded call that nobody answers is over at its deadline for those who watch it", async () => {
  const metrics = new RecordingMetrics();
  const world = await startGateWorld({
    config: metrics.config,
    plugins: [metrics.plugin],
    handler: { onCall: (call) => call.forward({ timeoutMs: 20 }) },
  });
  const client = await world.player("june");
  expect(await client.ask("Wait", "hi")).toBe("DEADLINE");
  const labels = { side: "client", method: "/m3test.GameSer/Wait", code: "DEADLINE_EXCEEDED" };
  expect(metrics.value("m3_rpc_calls_total", labels)).toBe(1);
  expect(metrics.value("m3_rpc_in_flight", { side: "client" })).toBe(0);
});
