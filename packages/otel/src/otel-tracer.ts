import {
  type Attributes,
  isSpanContextValid,
  type SpanContext as OtelContext,
  ROOT_CONTEXT,
  SpanKind,
  trace,
} from "@opentelemetry/api";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AlwaysOnSampler, BatchSpanProcessor, type SpanExporter, TracerProvider } from "@opentelemetry/sdk-trace";
import type { PluginContext, Span, SpanContext, SpanOptions, Tracer } from "m3game";
import { OtelSpan } from "./otel-span.ts";
import { isUnsampled, UnrecordedSpan, UnrecordedTraces } from "./unrecorded.ts";
import { fromSpanContext } from "./w3c.ts";
import { WatchedExporter } from "./watched-exporter.ts";

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

/** The Tracer contract on a provider of OpenTelemetry's SDK that belongs to one app: nothing is registered globally. */
export class OtelTracer implements Tracer {
  readonly #provider: TracerProvider;
  readonly #tracer: ReturnType<TracerProvider["getTracer"]>;
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
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({
        "service.name": app.service,
        "service.instance.id": app.app,
      }),
      // It only sees spans that are recorded.
      sampler: new AlwaysOnSampler(),
      spanProcessors: [
        new BatchSpanProcessor({
          exporter: new WatchedExporter(options.exporter, context.log),
          maxQueueSize: queueSize,
          maxExportBatchSize: Math.min(batchSize, queueSize),
          scheduledDelayMillis: delayMs,
          exportTimeoutMillis: timeoutMs,
        }),
      ],
    });
    this.#tracer = this.#provider.getTracer("m3game");
  }

  startSpan({ name, kind, attributes, parent, links = [] }: SpanOptions): Span {
    if (parent !== undefined && isUnsampled(parent)) return new UnrecordedSpan(parent);
    const parentContext = parent && validContext(parent);
    if (parentContext === undefined && Math.random() >= this.#ratio) return new UnrecordedSpan(this.#unrecorded.next());
    const context = parentContext === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parentContext);
    const validLinks = links.map(validContext).filter((link) => link !== undefined);
    return new OtelSpan(
      this.#tracer.startSpan(
        name,
        {
          kind: kinds[kind],
          ...(attributes && { attributes: attributes satisfies Attributes }),
          ...(validLinks.length > 0 && { links: validLinks.map((link) => ({ context: link })) }),
        },
        context,
      ),
    );
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
    const flushed = this.#provider.shutdown().catch(() => {});
    if ((await Promise.race([flushed, late])) === "late") log.warn("spans were not delivered in time and are lost");
    timer.cancel();
  }
}

function validContext(context: SpanContext): OtelContext | undefined {
  const parsed = fromSpanContext(context);
  return parsed !== undefined && isSpanContextValid(parsed) ? parsed : undefined;
}
