import { SpanKind, TraceFlags } from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, type SpanExporter } from "@opentelemetry/sdk-trace";
import type { PluginContext, Span, SpanOptions, Tracer } from "m3game";
import { RandomIds } from "./random-ids.ts";
import { RecordedSpan, type SpanOwner } from "./recorded-span.ts";
import { isUnsampled, UnrecordedSpan, UnrecordedTraces } from "./unrecorded.ts";
import { fromSpanContext } from "./w3c.ts";
import { WatchedExporter } from "./watched-exporter.ts";

/** Where spans go, which of them, and when. */
export interface OtelTracerOptions {
  /** Where spans go, in batches. The tracer ends it. */
  readonly exporter: SpanExporter;
  /** The share of new traces that is recorded, 0 to 1. A span with a parent follows that. */
  readonly ratio: number;
  /** Spans that may wait to be delivered; further ones are dropped. */
  readonly queueSize: number;
  /** How often spans leave, in milliseconds; sooner when a batch is full. */
  readonly delayMs: number;
  /** How long the delivery of one batch may take, in milliseconds. */
  readonly timeoutMs: number;
  /** How long the disposal waits until all is delivered, in milliseconds. */
  readonly flushMs: number;
}

const batchSize = 512;

const kinds = {
  client: SpanKind.CLIENT,
  server: SpanKind.SERVER,
  internal: SpanKind.INTERNAL,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const satisfies Record<SpanOptions["kind"], SpanKind>;

/** The Tracer contract on OpenTelemetry's processor and exporters, which belong to one app: nothing is registered globally. */
export class OtelTracer implements Tracer {
  readonly #processor: BatchSpanProcessor;
  readonly #owner: SpanOwner;
  readonly #ids = new RandomIds();
  readonly #ratio: number;
  readonly #unrecorded = new UnrecordedTraces();
  readonly #flushMs: number;
  readonly #context: PluginContext;
  #disposal: Promise<void> | undefined;

  constructor(context: PluginContext, options: OtelTracerOptions) {
    const { queueSize, delayMs, timeoutMs, ratio } = options;
    const { app } = context;
    this.#context = context;
    this.#ratio = ratio;
    this.#flushMs = options.flushMs;
    this.#processor = new BatchSpanProcessor({
      exporter: new WatchedExporter(options.exporter, context.log),
      maxQueueSize: queueSize,
      maxExportBatchSize: Math.min(batchSize, queueSize),
      scheduledDelayMillis: delayMs,
      exportTimeoutMillis: timeoutMs,
    });
    this.#owner = {
      resource: resourceFromAttributes({ "service.name": app.service, "service.instance.id": app.app }),
      instrumentationScope: { name: "m3game" },
      processor: this.#processor,
    };
  }

  startSpan({ name, kind, attributes, parent: sent, links }: SpanOptions): Span {
    if (sent !== undefined && isUnsampled(sent)) return new UnrecordedSpan(sent);
    const parent = sent && fromSpanContext(sent);
    if (sent !== undefined && parent?.traceFlags === TraceFlags.NONE) return new UnrecordedSpan(sent);
    if (parent === undefined && Math.random() >= this.#ratio) return new UnrecordedSpan(this.#unrecorded.next());
    const traceId = parent?.traceId ?? this.#ids.trace();
    const context = {
      traceparent: `00-${traceId}-${this.#ids.span()}-01`,
      tracestate: parent?.traceState?.serialize() ?? "",
    };
    return new RecordedSpan(this.#owner, { name, kind: kinds[kind], context, parent, attributes, links });
  }

  /** Delivers what has ended, for `flushMs` at most. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  async #dispose(): Promise<void> {
    const { clock, log } = this.#context;
    const { promise: late, resolve } = Promise.withResolvers<"late">();
    const timer = clock.after(this.#flushMs, () => resolve("late"));
    // What fails was logged by the exporter's watcher.
    const flushed = this.#processor.shutdown().catch(() => {});
    if ((await Promise.race([flushed, late])) === "late") log.warn("spans were not delivered in time and are lost");
    timer.cancel();
  }
}
