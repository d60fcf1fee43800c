import type { ReadableSpan, SpanExporter } from "@opentelemetry/sdk-trace";
import type { Logger } from "m3game";

type OnResult = Parameters<SpanExporter["export"]>[1];

// ExportResultCode.SUCCESS; its package is only a dependency of the SDK.
const success = 0;

/** Tells the log when spans can't be delivered, once, and when they can again. */
export class WatchedExporter implements SpanExporter {
  readonly #exporter: SpanExporter;
  readonly #log: Logger;
  #lost = 0;

  constructor(exporter: SpanExporter, log: Logger) {
    this.#exporter = exporter;
    this.#log = log;
  }

  export(spans: ReadableSpan[], onResult: OnResult): void {
    this.#exporter.export(spans, (result) => {
      if (result.code === success) {
        if (this.#lost > 0) this.#log.info("spans are delivered again", { lost: this.#lost });
        this.#lost = 0;
      } else {
        if (this.#lost === 0) this.#log.warn("spans can't be delivered and are dropped", { error: result.error });
        this.#lost += spans.length;
      }
      onResult(result);
    });
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }
}
