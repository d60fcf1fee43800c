import {
  definePlugin,
  type PluginDefinition,
  type Span,
  type SpanContext,
  type SpanOptions,
  type Tracer,
} from "m3game";
import { z } from "zod";

export interface RecordedSpan extends Omit<SpanOptions, "attributes"> {
  readonly context: SpanContext;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** What it failed with. */
  readonly error: unknown;
  readonly isEnded: boolean;
}

/**
 * Spans in memory, to look at in a test, in the order in which they began. Start apps with `plugins: [tracer.plugin]` and
 * `config: tracer.config`.
 */
export class RecordingTracer implements Tracer {
  readonly plugin: PluginDefinition = definePlugin({
    kind: "trace",
    name: "trace_recording",
    config: z.object({}),
    create: () => this,
  });
  readonly config = "[[Plugin.Trace.trace_recording]]\n";
  /** Whether new traces are recorded; what belongs to a trace follows its parent. */
  isSampling = true;
  readonly #spans: MemorySpan[] = [];
  #ids = 0;

  /** Those that are recorded. */
  get spans(): readonly RecordedSpan[] {
    return this.#spans;
  }

  /** The spans with this name. */
  named(name: string): readonly RecordedSpan[] {
    return this.#spans.filter((span) => span.name === name);
  }

  startSpan(options: SpanOptions): Span {
    const { parent } = options;
    const isRecording = parent === undefined ? this.isSampling : parent.traceparent.endsWith("1");
    const id = String(++this.#ids).padStart(16, "0");
    const trace = parent?.traceparent.slice(3, 35) ?? `${"a".repeat(16)}${id}`;
    const traceparent = `00-${trace}-${id}-0${isRecording ? 1 : 0}`;
    const span = new MemorySpan(options, { traceparent, tracestate: parent?.tracestate ?? "" }, isRecording);
    if (isRecording) this.#spans.push(span);
    return span;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

class MemorySpan implements Span, RecordedSpan {
  readonly name: string;
  readonly kind: SpanOptions["kind"];
  readonly parent?: SpanContext;
  readonly links: readonly SpanContext[];
  readonly attributes: Record<string, string | number | boolean>;
  readonly context: SpanContext;
  readonly isRecording: boolean;
  error: unknown = undefined;
  isEnded = false;

  constructor({ name, kind, parent, links = [], attributes }: SpanOptions, context: SpanContext, isRecording: boolean) {
    this.name = name;
    this.kind = kind;
    if (parent !== undefined) this.parent = parent;
    this.links = links;
    this.attributes = { ...attributes };
    this.context = context;
    this.isRecording = isRecording;
  }

  setAttribute(name: string, value: string | number | boolean): void {
    if (!this.isEnded) this.attributes[name] = value;
  }

  setError(error: unknown): void {
    if (!this.isEnded) this.error = error;
  }

  end(): void {
    this.isEnded = true;
  }
}
