import { type Link, type SpanContext as OtelContext, type SpanKind, SpanStatusCode } from "@opentelemetry/api";
import type { ReadableSpan, SpanProcessor } from "@opentelemetry/sdk-trace";
import type { Span, SpanContext } from "m3game";
import { toSpanContext } from "./w3c.ts";

type HrTime = ReadableSpan["startTime"];

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
  readonly context: OtelContext;
  readonly parent: OtelContext | undefined;
  readonly attributes: ReadableSpan["attributes"] | undefined;
  readonly links: Link[];
}

/** As the SDK has it by default. */
const maxAttributes = 128;

/**
 * A span that is recorded, in the form that the SDK's processors and exporters read. The SDK's own span takes several times
 * as long to make: it goes through samplers, limits and metrics that are not in use here.
 */
export class RecordedSpan implements Span, ReadableSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly parentSpanContext?: OtelContext;
  readonly startTime: HrTime;
  readonly attributes: ReadableSpan["attributes"];
  readonly links: Link[];
  readonly events: ReadableSpan["events"] = [];
  readonly droppedEventsCount = 0;
  readonly droppedLinksCount = 0;
  droppedAttributesCount = 0;
  status: ReadableSpan["status"] = { code: SpanStatusCode.UNSET };
  duration: HrTime = [0, 0];
  ended = false;
  readonly #owner: SpanOwner;
  readonly #spanContext: OtelContext;
  /** On the monotonic clock: the one of the day may be set meanwhile. */
  readonly #startedAt = performance.now();
  #attributeCount: number;
  #context: SpanContext | undefined;

  constructor(owner: SpanOwner, { name, kind, context, parent, attributes, links }: RecordedSpanInit) {
    this.#owner = owner;
    this.#spanContext = context;
    this.name = name;
    this.kind = kind;
    if (parent !== undefined) this.parentSpanContext = parent;
    this.startTime = toHrTime(Date.now());
    this.attributes = { ...attributes };
    this.#attributeCount = Object.keys(this.attributes).length;
    this.links = links;
  }

  get resource(): ReadableSpan["resource"] {
    return this.#owner.resource;
  }

  get instrumentationScope(): ReadableSpan["instrumentationScope"] {
    return this.#owner.instrumentationScope;
  }

  get endTime(): HrTime {
    const [seconds, nanoseconds] = [this.startTime[0] + this.duration[0], this.startTime[1] + this.duration[1]];
    return nanoseconds < 1e9 ? [seconds, nanoseconds] : [seconds + 1, nanoseconds - 1e9];
  }

  get context(): SpanContext {
    this.#context ??= toSpanContext(this.#spanContext);
    return this.#context;
  }

  get isRecording(): boolean {
    return !this.ended;
  }

  spanContext(): OtelContext {
    return this.#spanContext;
  }

  setAttribute(name: string, value: string | number | boolean): void {
    if (this.ended) return;
    if (!Object.hasOwn(this.attributes, name)) {
      if (this.#attributeCount >= maxAttributes) {
        this.droppedAttributesCount++;
        return;
      }
      this.#attributeCount++;
    }
    this.attributes[name] = value;
  }

  setError(error: unknown): void {
    if (this.ended) return;
    this.status = { code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : String(error) };
  }

  end(): void {
    if (this.ended) return;
    this.ended = true;
    this.duration = toHrTime(performance.now() - this.#startedAt);
    this.#owner.processor.onEnd(this);
  }
}

function toHrTime(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.round((ms - seconds * 1000) * 1e6)];
}
