import { type Span as SdkSpan, SpanStatusCode } from "@opentelemetry/api";
import type { Span, SpanContext } from "m3game";
import { toSpanContext } from "./w3c.ts";

/** A span of the SDK. */
export class OtelSpan implements Span {
  readonly #span: SdkSpan;
  #context: SpanContext | undefined;

  constructor(span: SdkSpan) {
    this.#span = span;
  }

  get context(): SpanContext {
    this.#context ??= toSpanContext(this.#span.spanContext());
    return this.#context;
  }

  get isRecording(): boolean {
    return this.#span.isRecording();
  }

  setAttribute(name: string, value: string | number | boolean): void {
    // The SDK would complain of one that has ended.
    if (this.isRecording) this.#span.setAttribute(name, value);
  }

  setError(error: unknown): void {
    if (!this.isRecording) return;
    const message = error instanceof Error ? error.message : String(error);
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message });
  }

  end(): void {
    if (this.isRecording) this.#span.end();
  }
}
