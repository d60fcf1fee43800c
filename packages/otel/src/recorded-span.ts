import {
  createTraceState,
  type SpanContext as OtelContext,
  type SpanKind,
  SpanStatusCode,
  TraceFlags,
} from "@opentelemetry/api";
import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace";
import type { Span, SpanContext, SpanOptions } from "m3game";
import { fromSpanContext } from "./w3c.ts";

type HrTime = ReadableSpan["startTime"];
type Value = string | number | boolean;

/** What all spans of one tracer share. */
export interface SpanOwner {
  readonly resource: ReadableSpan["resource"];
  readonly instrumentationScope: ReadableSpan["instrumentationScope"];
  /** Gets each span when it has ended. */
  readonly processor: Pick<SpanProcessor, "onEnd">;
}

export interface RecordedSpanInit {
  readonly name: string;
  readonly kind: SpanKind;
  /** Of version 00. */
  readonly context: SpanContext;
  readonly parent: OtelContext | undefined;
  readonly attributes: SpanOptions["attributes"];
  readonly links: SpanOptions["links"];
}

/** As the SDK has it by default. */
const maxAttributes = 128;

/**
 * A span that is recorded, in the form that the SDK's processors and exporters read. The SDK's own takes several times as long to
 * make, and as much memory: thousands of them wait until their batch leaves, and each collection of the young generation
 * copies them. So what can be put together when it is exported is put together then.
 */
export class RecordedSpan implements Span, ReadableSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly context: SpanContext;
  readonly parentSpanContext?: OtelContext;
  droppedAttributesCount = 0;
  ended = false;
  readonly #owner: SpanOwner;
  readonly #shared: SpanOptions["attributes"];
  readonly #links: SpanOptions["links"];
  readonly #startMs = Date.now();
  /** On the monotonic clock: the one of the day may be set meanwhile. */
  readonly #startedAt = performance.now();
  #durationMs = 0;
  /** Those that were set, each with its value behind it. */
  #own: Value[] | undefined;
  #error: string | undefined;

  constructor(owner: SpanOwner, { name, kind, context, parent, attributes, links }: RecordedSpanInit) {
    this.#owner = owner;
    this.#shared = attributes;
    this.#links = links;
    this.name = name;
    this.kind = kind;
    this.context = context;
    if (parent !== undefined) this.parentSpanContext = parent;
  }

  get isRecording(): boolean {
    return !this.ended;
  }

  setAttribute(name: string, value: Value): void {
    if (this.ended) return;
    this.#own ??= [];
    if (this.#own.length < 2 * maxAttributes) this.#own.push(name, value);
    else this.droppedAttributesCount++;
  }

  setError(error: unknown): void {
    if (!this.ended) this.#error = error instanceof Error ? error.message : String(error);
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.#durationMs = performance.now() - this.#startedAt;
    this.#owner.processor.onEnd(this);
  }

  spanContext(): OtelContext {
    const { traceparent, tracestate } = this.context;
    const context = {
      traceId: traceparent.slice(3, 35),
      spanId: traceparent.slice(36, 52),
      traceFlags: TraceFlags.SAMPLED,
    };
    return tracestate === "" ? context : { ...context, traceState: createTraceState(tracestate) };
  }

  get startTime(): HrTime {
    return toHrTime(this.#startMs);
  }

  get endTime(): HrTime {
    return toHrTime(this.#startMs + this.#durationMs);
  }

  get duration(): HrTime {
    return toHrTime(this.#durationMs);
  }

  get status(): ReadableSpan["status"] {
    if (this.#error === undefined) return { code: SpanStatusCode.UNSET };
    return { code: SpanStatusCode.ERROR, message: this.#error };
  }

  get attributes(): ReadableSpan["attributes"] {
    const attributes: ReadableSpan["attributes"] = { ...this.#shared };
    const own = this.#own ?? [];
    for (let at = 0; at < own.length; at += 2) attributes[String(own[at])] = own[at + 1];
    return attributes;
  }

  get links(): ReadableSpan["links"] {
    const contexts = (this.#links ?? []).map(fromSpanContext);
    return contexts.filter((context) => context !== undefined).map((context) => ({ context }));
  }

  get events(): ReadableSpan["events"] {
    return [];
  }

  get droppedEventsCount(): number {
    return 0;
  }

  get droppedLinksCount(): number {
    return 0;
  }

  get resource(): ReadableSpan["resource"] {
    return this.#owner.resource;
  }

  get instrumentationScope(): ReadableSpan["instrumentationScope"] {
    return this.#owner.instrumentationScope;
  }
}

function toHrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.trunc((ms - seconds * 1000) * 1e6)];
}
