import {
  definePlugin,
  type PluginDefinition,
  type Span,
  type SpanContext,
  type SpanOptions,
  type Tracer,
} from "m3game";
import { z } from "zod";

/** A span, as far as it has come. */
export interface RecordedSpan extends Omit<SpanOptions, "attributes"> {
  readonly context: SpanContext;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly hasFailed: boolean;
  /** What it failed with. */
  readonly error: unknown;
  readonly isEnded: boolean;
}

const validParent = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

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
  readonly #ratio: number;
  readonly #spans: MemorySpan[] = [];
  #ids = 0;
  #isDisposed = false;

  /** `ratio`: the share of new traces that is recorded; what belongs to a trace follows its parent. */
  constructor(ratio = 1) {
    this.#ratio = ratio;
  }

  /** Those that are recorded. */
  get spans(): readonly RecordedSpan[] {
    return this.#spans;
  }

  /** The spans with this name. */
  named(name: string): readonly RecordedSpan[] {
    return this.#spans.filter((span) => span.name === name);
  }

  startSpan({ parent: given, links = [], ...options }: SpanOptions): Span {
    const isValid = ({ traceparent }: SpanContext) => validParent.test(traceparent);
    const parent = given !== undefined && isValid(given) ? given : undefined;
    const isRecording = parent === undefined ? Math.random() < this.#ratio : parent.traceparent.endsWith("1");
    const id = String(++this.#ids).padStart(16, "0");
    const trace = parent?.traceparent.slice(3, 35) ?? `${"a".repeat(16)}${id}`;
    const traceparent = `00-${trace}-${id}-0${isRecording ? 1 : 0}`;
    const span = new MemorySpan(
      { ...options, links: links.filter(isValid), ...(parent && { parent }) },
      { traceparent, tracestate: parent?.tracestate ?? "" },
      isRecording && !this.#isDisposed,
    );
    if (span.isRecording) this.#spans.push(span);
    return span;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
    for (const span of this.#spans) span.isLost ||= !span.isEnded;
  }
}

class MemorySpan implements Span, RecordedSpan {
  readonly name: string;
  readonly kind: SpanOptions["kind"];
  readonly parent?: SpanContext;
  readonly links: readonly SpanContext[];
  readonly attributes: Record<string, string | number | boolean>;
  readonly context: SpanContext;
  readonly isRecording: boolean;
  hasFailed = false;
  error: unknown = undefined;
  isEnded = false;
  /** Its tracer was disposed before it ended. */
  isLost = false;

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
    if (this.isEnded) return;
    this.hasFailed = true;
    this.error = error;
  }

  end(): void {
    this.isEnded = !this.isLost;
  }
}
