import { randomBytes } from "node:crypto";
import type { Span, SpanContext } from "m3game";

// What most spans are where few traces are recorded: they must cost next to nothing.

/** A span that is not recorded: it hands a context on. */
export class UnrecordedSpan implements Span {
  readonly context: SpanContext;
  readonly isRecording = false;

  constructor(context: SpanContext) {
    this.context = context;
  }

  setAttribute(): void {}
  setError(): void {}
  end(): void {}
}

/** Makes the contexts of traces that are not recorded, each with ids of its own: log lines show them. */
export class UnrecordedTraces {
  // Nothing is decided by these ids, so they need to be unique only: random for the app, counted within it.
  readonly #prefix = randomBytes(8).toString("hex");
  #count = 0;

  next(): SpanContext {
    this.#count++;
    const id = this.#count.toString(16).padStart(16, "0");
    return { traceparent: `00-${this.#prefix}${id}-${id}-00`, tracestate: "" };
  }
}

const traceparentLength = 55;

/** True for the context of a trace that is not recorded. Its ids are not looked at: nothing is made of them. */
export function isUnsampled({ traceparent }: SpanContext): boolean {
  return traceparent.length === traceparentLength && traceparent.startsWith("00-") && traceparent.endsWith("-00");
}
