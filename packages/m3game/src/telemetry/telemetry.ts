import type { Clock } from "../meta/clock.ts";
import type { Metrics } from "../plugin/metric.ts";
import type { Tracer } from "../plugin/trace.ts";
import { CallMetrics } from "./call-metrics.ts";
import { type CallObserver, type ObservedClientCall, type ObservedServerCall, observeAll } from "./call-observer.ts";
import { ClientSpans, ServerSpans } from "./call-spans.ts";
import { type Gauges, showGauges } from "./gauges.ts";
import { MailboxObserver } from "./mailbox-observer.ts";
import { watchProcess } from "./process-metrics.ts";
import { SaveObserver } from "./save-observer.ts";

export interface TelemetryOptions {
  readonly clock: Clock;
  readonly metrics: Metrics | undefined;
  readonly tracer: Tracer | undefined;
}

/** Shows what the runtime of one app does. Only an app with a metric or a trace plugin has it. */
export class Telemetry implements Disposable {
  readonly client: CallObserver<ObservedClientCall> | undefined;
  readonly server: CallObserver<ObservedServerCall> | undefined;
  readonly saves: SaveObserver;
  readonly #options: TelemetryOptions;
  readonly #stack = new DisposableStack();

  constructor(options: TelemetryOptions) {
    this.#options = options;
    const { clock, metrics, tracer } = options;
    const counted = (side: "client" | "server") => metrics && this.#stack.use(new CallMetrics(metrics, side));
    this.client = observeAll([tracer && new ClientSpans(tracer), counted("client")]);
    this.server = observeAll([tracer && new ServerSpans(tracer), counted("server")]);
    this.saves = new SaveObserver(clock, metrics, tracer);
    if (metrics !== undefined) this.#stack.use(watchProcess(metrics));
  }

  /** For the calls that wait for actors of one kind. */
  mailbox(kind: string): MailboxObserver {
    return this.#stack.use(new MailboxObserver({ ...this.#options, kind }));
  }

  /** Shows the state of the app whenever the metrics are collected. */
  show(gauges: Gauges): void {
    const { clock, metrics } = this.#options;
    if (metrics !== undefined) this.#stack.use(showGauges(metrics, clock, gauges));
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }
}
