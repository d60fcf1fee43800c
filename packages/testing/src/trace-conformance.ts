import type { PluginContext, SpanContext, SpanOptions, Tracer } from "m3game";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createPluginContext } from "./plugin-context.ts";

/** A span as it reached whoever keeps them. */
export interface DeliveredSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for the first one of a trace. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: SpanOptions["kind"];
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** `<trace id>-<span id>` of each. */
  readonly links: readonly string[];
  readonly isError: boolean;
}

/** Which trace plugin the suite is about. */
export interface TraceConformanceOptions {
  /** Names the suite. */
  readonly name: string;
  /** Starts a tracer that records this share of new traces, 0 to 1. */
  create(context: PluginContext, ratio: number): Tracer | Promise<Tracer>;
  /** What tracers of the suite have delivered since the last call; asked once they are disposed. */
  delivered(): readonly DeliveredSpan[] | Promise<readonly DeliveredSpan[]>;
}

const valid = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-0[01]$/;
const [trace, span] = ["0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"];
const remote = (flags: string, tracestate = ""): SpanContext => ({
  traceparent: `00-${trace}-${span}-${flags}`,
  tracestate,
});
const idsOf = ({ traceparent }: SpanContext) => ({
  traceId: traceparent.slice(3, 35),
  spanId: traceparent.slice(36, 52),
});

/** Checks a trace plugin against its contract. Call it in a test file. */
export function runTraceConformance(options: TraceConformanceOptions): void {
  describe(`trace conformance: ${options.name}`, () => {
    let cleanup: AsyncDisposableStack;

    beforeEach(() => {
      cleanup = new AsyncDisposableStack();
    });

    afterEach(async () => {
      await cleanup.disposeAsync();
      await options.delivered();
    });

    async function newTracer(ratio = 1): Promise<Tracer> {
      return cleanup.use(await options.create(createPluginContext("test.world1.club.1"), ratio));
    }

    async function deliveredBy(tracer: Tracer): Promise<readonly DeliveredSpan[]> {
      await tracer[Symbol.asyncDispose]();
      return options.delivered();
    }

    test.each(["client", "server", "internal", "producer", "consumer"] as const)("a %s span arrives", async (kind) => {
      const tracer = await newTracer();
      const started = tracer.startSpan({ name: "work", kind, attributes: { text: "a", count: 3, good: true } });
      expect(started.isRecording).toBe(true);
      started.setAttribute("later", "b");
      started.setAttribute("text", "c");
      started.end();
      expect(await deliveredBy(tracer)).toEqual([
        {
          ...idsOf(started.context),
          ...{ parentSpanId: "", name: "work", kind, links: [], isError: false },
          attributes: { text: "c", count: 3, good: true, later: "b" },
        },
      ]);
    });

    test("all that has ended arrives before the disposal is over", async () => {
      const tracer = await newTracer();
      for (let index = 0; index < 1000; index++) tracer.startSpan({ name: `span ${index}`, kind: "internal" }).end();
      const names = new Set((await deliveredBy(tracer)).map(({ name }) => name));
      expect(names.size).toBe(1000);
    });

    test("a child belongs to the trace of its parent, whose state goes along", async () => {
      const tracer = await newTracer();
      const parent = tracer.startSpan({ name: "parent", kind: "server", parent: remote("01", "a=1,b=2") });
      const child = tracer.startSpan({ name: "child", kind: "client", parent: parent.context });
      child.end();
      parent.end();
      expect(parent.context.tracestate).toBe("a=1,b=2");
      expect(child.context.tracestate).toBe("a=1,b=2");
      const spans = await deliveredBy(tracer);
      expect(spans.find(({ name }) => name === "parent")).toMatchObject({ traceId: trace, parentSpanId: span });
      expect(spans.find(({ name }) => name === "child")).toMatchObject({
        traceId: trace,
        parentSpanId: idsOf(parent.context).spanId,
      });
    });

    test("the parent decides whether a span is recorded, whatever the share", async () => {
      const none = await newTracer(0);
      const wanted = none.startSpan({ name: "wanted", kind: "server", parent: remote("01") });
      expect(wanted.isRecording).toBe(true);
      expect(wanted.context.traceparent).toMatch(/-01$/);
      wanted.end();
      expect(await deliveredBy(none)).toMatchObject([{ name: "wanted", traceId: trace }]);
      const all = await newTracer(1);
      const unwanted = all.startSpan({ name: "unwanted", kind: "server", parent: remote("00", "a=1") });
      expect(unwanted.isRecording).toBe(false);
      expect(unwanted.context.traceparent).toMatch(new RegExp(`^00-${trace}-[0-9a-f]{16}-00$`));
      expect(unwanted.context.tracestate).toBe("a=1");
      unwanted.setAttribute("a", 1);
      unwanted.setError(new Error("no"));
      unwanted.end();
      expect(await deliveredBy(all)).toEqual([]);
    });

    test("of new traces the given share is recorded", async () => {
      const tracer = await newTracer(0.1);
      const spans = Array.from({ length: 5000 }, () => tracer.startSpan({ name: "root", kind: "internal" }));
      const recorded = spans.filter(({ isRecording }) => isRecording).length;
      expect(recorded).toBeGreaterThan(300);
      expect(recorded).toBeLessThan(700);
      for (const { isRecording, context } of spans) {
        expect(context.traceparent).toMatch(valid);
        expect(context.traceparent.endsWith(isRecording ? "-01" : "-00")).toBe(true);
      }
      expect(new Set(spans.map(({ context }) => idsOf(context).traceId)).size).toBe(spans.length);
    });

    test("links arrive, and do not make it part of those traces", async () => {
      const tracer = await newTracer();
      const started = tracer.startSpan({ name: "linked", kind: "server", links: [remote("00"), remote("01", "a=1")] });
      started.end();
      expect(idsOf(started.context).traceId).not.toBe(trace);
      expect(await deliveredBy(tracer)).toMatchObject([
        { parentSpanId: "", links: [`${trace}-${span}`, `${trace}-${span}`] },
      ]);
    });

    test.each([new Error("broken"), "broken", undefined, { code: 3 }])("a span failed with %o", async (error) => {
      const tracer = await newTracer();
      const started = tracer.startSpan({ name: "failed", kind: "server" });
      started.setError(error);
      started.end();
      expect(await deliveredBy(tracer)).toMatchObject([{ isError: true }]);
    });

    test("what is set after the end is lost, and ending twice is once", async () => {
      const tracer = await newTracer();
      const started = tracer.startSpan({ name: "once", kind: "internal" });
      started.end();
      started.setAttribute("late", 1);
      started.setError(new Error("late"));
      started.end();
      expect(await deliveredBy(tracer)).toMatchObject([{ attributes: {}, isError: false }]);
    });

    test.each(["", "nonsense", `00-${"0".repeat(32)}-${span}-01`, `00-${trace}-${span}`, `ff-${trace}-${span}-01`])(
      "with the parent %j it is a new trace",
      async (traceparent) => {
        const tracer = await newTracer();
        const bad = { traceparent, tracestate: "=,=" };
        const started = tracer.startSpan({ name: "new", kind: "server", parent: bad, links: [bad] });
        started.end();
        expect(started.context.traceparent).toMatch(valid);
        expect(await deliveredBy(tracer)).toMatchObject([{ parentSpanId: "", links: [] }]);
      },
    );

    test("after the disposal nothing is recorded and nothing thrown", async () => {
      const tracer = await newTracer();
      const open = tracer.startSpan({ name: "open", kind: "internal" });
      await Promise.all([tracer[Symbol.asyncDispose](), tracer[Symbol.asyncDispose]()]);
      open.end();
      const late = tracer.startSpan({ name: "late", kind: "internal" });
      late.end();
      expect(late.context.traceparent).toMatch(valid);
      expect(await deliveredBy(tracer)).toEqual([]);
    });
  });
}
