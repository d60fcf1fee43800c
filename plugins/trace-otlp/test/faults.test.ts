import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { createPluginContext, Received } from "@m3game/testing";
import { findFreePort } from "@m3game/testing/services";
import { traceOtlp } from "@m3game/trace-otlp";
import { defineApp, startApp, type Tracer } from "m3game";
import { expect, onTestFinished, test } from "vitest";
import { OtlpReceiver } from "./support/otlp-receiver.ts";

// A delivery that fails would be tried again after 800 ms at the earliest.
const fast = { DelayMs: 10, TimeoutMs: 700, FlushMs: 100 };

async function start(section: object) {
  const context = createPluginContext("test.world1.club.1");
  const tracer = await traceOtlp.create(traceOtlp.config.parse({ ...fast, ...section }), context);
  onTestFinished(() => tracer[Symbol.asyncDispose]());
  return { context, tracer };
}

function make(tracer: Tracer, count: number): void {
  for (let index = 0; index < count; index++) tracer.startSpan({ name: `span ${index}`, kind: "internal" }).end();
}

test("spans go to /v1/traces in the name of their app, with the header that was asked for", async () => {
  const receiver = await OtlpReceiver.forTest();
  const { tracer } = await start({ Host: receiver.url, Authorization: "Bearer sesame" });
  make(tracer, 1);
  const [span] = await receiver.spans.first(1);
  expect(span?.resource).toEqual({ "service.name": "test.world1.club", "service.instance.id": "test.world1.club.1" });
  const [request] = await receiver.requests.first(1);
  expect(request).toMatchObject({ url: "/v1/traces", headers: { authorization: "Bearer sesame" } });
});

test("without a receiver an app starts, serves and stops; the log says once that spans are dropped", async () => {
  const app = await startApp(defineApp({ func: "club", servers: [] }), {
    id: "test.world1.club.1",
    plugins: [traceOtlp],
    config: '[[Plugin.Trace.trace_jaeger]]\nHost = "127.0.0.1:1"\nDelayMs = 10\nTimeoutMs = 100\nFlushMs = 100\n',
  });
  make(app.plugin("trace"), 10);
  expect(app.health().ready).toBe(true);
  await app.stop();
  const { context, tracer } = await start({ Host: "127.0.0.1:1" });
  make(tracer, 3000);
  const line = await context.waitForLine("spans can't be delivered and are dropped");
  expect(line).toMatchObject({ level: "warn", fields: { error: expect.any(Error) } });
  make(tracer, 3000);
  await tracer[Symbol.asyncDispose]();
  expect(context.lines.filter(({ message }) => message === line.message)).toHaveLength(1);
});

test("a receiver that comes back gets spans again, and the log tells how many are lost", async () => {
  const port = await findFreePort();
  const first = await OtlpReceiver.listen(port);
  const { context, tracer } = await start({ Host: first.url });
  await first[Symbol.asyncDispose]();
  make(tracer, 5);
  await context.waitForLine("spans can't be delivered and are dropped");
  const second = await OtlpReceiver.listen(port);
  onTestFinished(() => second[Symbol.asyncDispose]());
  make(tracer, 1);
  await second.spans.first(1);
  expect(await context.waitForLine("spans are delivered again")).toMatchObject({ fields: { lost: 5 } });
});

test("of what a slow receiver can't take only QueueSize spans wait; the rest is dropped", async () => {
  const receiver = await OtlpReceiver.forTest();
  const asked = new Received<ServerResponse>();
  receiver.behaviour = asked.listener;
  const { tracer } = await start({ Host: receiver.url, QueueSize: 100, TimeoutMs: 60_000, FlushMs: 60_000 });
  make(tracer, 1);
  const [response] = await asked.first(1);
  make(tracer, 50_000);
  receiver.behaviour = (late) => void late.writeHead(200).end("{}");
  response?.writeHead(200).end("{}");
  await tracer[Symbol.asyncDispose]();
  expect(receiver.spans.items.length).toBeLessThanOrEqual(101);
  expect(receiver.spans.items.length).toBeGreaterThan(1);
});

test("a receiver that never answers holds a stop up for FlushMs only", async () => {
  const receiver = await OtlpReceiver.forTest();
  const asked = new Received<ServerResponse>();
  receiver.behaviour = asked.listener;
  const { context, tracer } = await start({ Host: receiver.url, TimeoutMs: 60_000 });
  make(tracer, 1);
  const [response] = await asked.first(1);
  await tracer[Symbol.asyncDispose]();
  expect(context.lines.map(({ message }) => message)).toContain("spans were not delivered in time and are lost");
  response?.destroy();
  if (response && !response.closed) await once(response, "close");
});

test.each([400, 401, 503])("an answer of %i costs spans and nothing else", async (status) => {
  const receiver = await OtlpReceiver.forTest();
  receiver.behaviour = (response) => void response.writeHead(status).end("no");
  const { context, tracer } = await start({ Host: receiver.url });
  make(tracer, 1);
  await context.waitForLine("spans can't be delivered and are dropped");
  expect(tracer.startSpan({ name: "on", kind: "internal" }).isRecording).toBe(true);
});
