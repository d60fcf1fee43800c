/** Where a span belongs, in the text form of W3C Trace Context: what travels with a call. */
export interface SpanContext {
  /** Trace id, span id and whether it is sampled. */
  readonly traceparent: string;
  /** What tracing systems add; empty when there is nothing. */
  readonly tracestate: string;
}

/** What a span is, and where it belongs. */
export interface SpanOptions {
  readonly name: string;
  readonly kind: "client" | "server" | "internal" | "producer" | "consumer";
  /** The span this one is part of. @default none: a new trace, subject to sampling */
  readonly parent?: SpanContext | undefined;
  /** Related but not the parent: what a game client sends is linked only. */
  readonly links?: readonly SpanContext[] | undefined;
  /** What it begins with, see `Span.setAttribute`. @default none */
  readonly attributes?: Readonly<Record<string, string | number | boolean>> | undefined;
}

/** A piece of work while it is traced. */
export interface Span {
  readonly context: SpanContext;
  /** False when the span was not sampled: attributes need not be computed. */
  readonly isRecording: boolean;
  /** Notes something about the work, in place of what the name stood for. */
  setAttribute(name: string, value: string | number | boolean): void;
  /** Marks the span as failed. */
  setError(error: unknown): void;
  /** Ends it, once; what is set afterwards is lost. */
  end(): void;
}

/** Makes spans. A malformed parent or link is as none. Starting and ending one never throws and never waits; spans that can't be delivered are dropped. */
export interface Tracer extends AsyncDisposable {
  /** Begins a span; whoever began it calls `end`. */
  startSpan(options: SpanOptions): Span;
}
