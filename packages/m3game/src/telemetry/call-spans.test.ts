import { RecordingMetrics, RecordingTracer } from "@m3game/testing";
import { expect, test } from "vitest";
import { backApp, callerApp, failure, frontApp, startTestCluster } from "../../test/support/cluster.ts";
import { TestOutboundCall } from "../../test/support/outbound-call.ts";
import { RawNetwork } from "../../test/support/raw-network.ts";
import { BackSer, FrontSer } from "../../test/support/services.ts";
import { broadcast, random } from "../rpc/route.ts";

const caller = "test.w1.caller.1";
const front = "test.w1.front.1";
const back = "test.w1.back.1";
const [trace, span] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
const clientContext = { traceparent: `00-${trace}-${span}-01`, tracestate: "a=1" };

function traced(tracer: RecordingTracer) {
  return { plugins: [tracer.plugin], config: tracer.config };
}

test("a chain of calls is one trace, also through a method that makes no spans", async () => {
  const tracer = new RecordingTracer();
  const cluster = await startTestCluster([
    { app: backApp(), id: back, ...traced(tracer) },
    {
      app: frontApp({
        say: async (req, ctx) => await ctx.client(FrontSer).repeat(req),
        repeat: async (req, ctx) => await ctx.client(BackSer).say(req),
      }),
      id: front,
      ...traced(tracer),
    },
  ]);
  await cluster.app(front).client(FrontSer).say({});
  expect(tracer.spans.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
    "client m3test.FrontSer/Say",
    "server m3test.FrontSer/Say",
    "client m3test.BackSer/Say",
    "server m3test.BackSer/Say",
  ]);
  const [root, ...others] = tracer.spans;
  expect(root?.parent).toBeUndefined();
  expect(others.map(({ parent }) => parent)).toEqual(tracer.spans.slice(0, 3).map(({ context }) => context));
  expect(tracer.spans.every(({ isEnded }) => isEnded)).toBe(true);
});

test("the context of a client that is no app is linked, that of an app is the parent", async () => {
  const tracer = new RecordingTracer();
  const network = new RawNetwork();
  await network.start(backApp({}, { plugins: [tracer.plugin] }), back, tracer.config);
  const metadata = new Map(Object.entries(clientContext));
  await network.send(back, new TestOutboundCall(random(), { metadata, sourceApp: "" }));
  await network.send(back, new TestOutboundCall(random(), { metadata }));
  const [foreign, own] = tracer.spans;
  expect(foreign).toMatchObject({ links: [clientContext] });
  expect(foreign?.parent).toBeUndefined();
  expect(own).toMatchObject({ parent: clientContext, links: [], attributes: { "m3.source": caller } });
});

test("a context that was put into the metadata by hand is a link of a new trace", async () => {
  const tracer = new RecordingTracer();
  const cluster = await startTestCluster([
    { app: backApp(), id: back, ...traced(tracer) },
    { app: callerApp(), id: caller, ...traced(tracer) },
  ]);
  await cluster
    .app(caller)
    .client(BackSer)
    .say({}, { metadata: { ...clientContext } });
  const [client, server] = tracer.spans;
  expect(client).toMatchObject({ links: [clientContext] });
  expect(client?.parent).toBeUndefined();
  expect(server).toMatchObject({ parent: client?.context, links: [] });
});

test("a broadcast carries its context", async () => {
  const tracer = new RecordingTracer();
  const heard = Promise.withResolvers<void>();
  const app = backApp({
    tell: () => {
      heard.resolve();
      return {};
    },
  });
  const cluster = await startTestCluster([
    { app, id: back, ...traced(tracer) },
    { app: callerApp(), id: caller, ...traced(tracer) },
  ]);
  await cluster.app(caller).client(BackSer).to(broadcast()).tell({});
  await heard.promise;
  const [sent, received] = tracer.spans;
  expect(sent).toMatchObject({ kind: "producer" });
  expect(received).toMatchObject({ kind: "consumer", parent: sent?.context });
});

test("a failure marks both spans, with its code", async () => {
  const tracer = new RecordingTracer();
  const app = backApp({
    say: () => {
      throw new Error("broken");
    },
  });
  const cluster = await startTestCluster([
    { app, id: back, ...traced(tracer) },
    { app: callerApp(), id: caller, ...traced(tracer) },
  ]);
  const error = await failure(cluster.app(caller).client(BackSer).say({}));
  for (const { kind, error: marked, attributes } of tracer.spans) {
    expect(marked, kind).toMatchObject({ reason: "HANDLER_FAILED" });
    expect(attributes).toMatchObject({ "rpc.response.status_code": "INTERNAL" });
  }
  expect(tracer.spans[0]?.error).toBe(error);
});

test("what is not sampled at the root is recorded nowhere", async () => {
  const tracer = new RecordingTracer(0);
  const cluster = await startTestCluster([{ app: backApp(), id: back, ...traced(tracer) }]);
  await cluster.app(back).client(BackSer).say({});
  expect(tracer.spans).toEqual([]);
});

test("log lines of a traced call name trace and span, those of others do not", async () => {
  const tracer = new RecordingTracer();
  const app = backApp({
    say: (req, ctx) => {
      ctx.log.info("said");
      return req;
    },
    repeat: (req, ctx) => {
      ctx.log.info("repeated");
      return req;
    },
  });
  const cluster = await startTestCluster([{ app, id: back, ...traced(tracer) }]);
  const client = cluster.app(back).client(BackSer);
  await client.say({});
  await client.repeat({});
  const fields = (message: string) => cluster.log.lines.find((line) => line.message === message)?.fields;
  const { traceparent = "" } = tracer.spans[1]?.context ?? {};
  expect(fields("said")).toMatchObject({ trace_id: traceparent.slice(3, 35), span_id: traceparent.slice(36, 52) });
  expect(fields("repeated")).not.toHaveProperty("trace_id");
});

test("one of each kind is all an app can have", async () => {
  const metrics = new RecordingMetrics();
  const tracer = new RecordingTracer();
  for (const [kind, one] of [
    ["metric", metrics],
    ["trace", tracer],
  ] as const) {
    const twice = startTestCluster([
      { app: backApp(), id: back, plugins: [one.plugin], config: `${one.config}${one.config}Name = "2"\n` },
    ]);
    await expect(twice).rejects.toThrow(`an app has one ${kind}`);
  }
});
