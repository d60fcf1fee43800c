import type { Clock } from "../meta/clock.ts";
import type { Gauge, Metrics, Observer } from "../plugin/metric.ts";
import type { Span, Tracer } from "../plugin/trace.ts";
import { durationBuckets } from "./buckets.ts";

export interface MailboxObserverOptions {
  /** The kind of actors. */
  readonly kind: string;
  readonly clock: Clock;
  readonly metrics: Metrics | undefined;
  readonly tracer: Tracer | undefined;
}

/** Looks at the calls that wait for the turns of one kind of actors. */
export class MailboxObserver implements Disposable {
  readonly #clock: Clock;
  readonly #tracer: Tracer | undefined;
  readonly #waiting: Gauge | undefined;
  readonly #waits: Observer | undefined;
  readonly #collecting: Disposable | undefined;
  #calls = 0;

  constructor({ kind, clock, metrics, tracer }: MailboxObserverOptions) {
    this.#clock = clock;
    this.#tracer = tracer;
    const labels = ["kind"];
    this.#waiting = metrics
      ?.gauge({ name: "m3_actor_mailbox_calls", help: "Calls that wait for their actor's turn", labels })
      .with({ kind });
    this.#waits = metrics
      ?.histogram({
        name: "m3_actor_mailbox_wait_seconds",
        help: "How long calls waited for their actor's turn, of those that had to",
        labels,
        buckets: durationBuckets,
      })
      .with({ kind });
    this.#collecting = metrics?.onCollect(() => this.#waiting?.set(this.#calls));
  }

  /** A call begins to wait. What this returns is to be called once, when it waits no more. */
  enter({ span }: { readonly span: Span | undefined }): () => void {
    this.#calls++;
    const since = this.#clock.now();
    const waiting = span?.isRecording
      ? this.#tracer?.startSpan({ name: "m3.mailbox", kind: "internal", parent: span.context })
      : undefined;
    return () => {
      this.#calls--;
      this.#waits?.observe((this.#clock.now() - since) / 1000);
      waiting?.end();
    };
  }

  [Symbol.dispose](): void {
    this.#collecting?.[Symbol.dispose]();
  }
}
