import type { PluginContext, Timer } from "m3game";
import { reasonError } from "m3game/internal";
import type { ConsulAgent, MetricsTarget } from "./consul.ts";

/** An agent that was restarted has forgotten the entry. */
const repeatMs = 30_000;

export interface ConsulEntryOptions {
  readonly agent: ConsulAgent;
  readonly service: string;
  readonly id: string;
  readonly target: MetricsTarget;
}

/** The metrics endpoint's entry in Consul, until it is disposed. */
export class ConsulEntry implements AsyncDisposable {
  readonly #options: ConsulEntryOptions;
  readonly #context: PluginContext;
  #timer: Timer | undefined;
  #repeating: Promise<void> | undefined;
  #isAway = false;
  #isDisposed = false;

  /** Rejects with PLUGIN_FAILED when Consul does not take it. */
  static async make(options: ConsulEntryOptions, context: PluginContext): Promise<ConsulEntry> {
    const entry = new ConsulEntry(options, context);
    try {
      await entry.#register();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw reasonError("PLUGIN_FAILED", `the metrics can't be registered: ${why}. Check ConsulHost`, { cause: error });
    }
    entry.#repeatLater();
    return entry;
  }

  private constructor(options: ConsulEntryOptions, context: PluginContext) {
    this.#options = options;
    this.#context = context;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    this.#timer?.cancel();
    await this.#repeating;
    const { agent, id } = this.#options;
    await agent.deregister(id).catch((error) => {
      this.#context.log.warn("the metrics endpoint stays in Consul until its check fails", { error });
    });
  }

  #register(): Promise<void> {
    const { agent, service, id, target } = this.#options;
    return agent.register(service, id, target);
  }

  #repeatLater(): void {
    if (this.#isDisposed) return;
    this.#timer = this.#context.clock.after(repeatMs, () => {
      this.#repeating = this.#repeat();
    });
  }

  async #repeat(): Promise<void> {
    const { log } = this.#context;
    try {
      await this.#register();
      if (this.#isAway) log.info("Consul knows the metrics endpoint again");
      this.#isAway = false;
    } catch (error) {
      if (!this.#isAway) log.warn("Consul may have forgotten the metrics endpoint; trying again", { error });
      this.#isAway = true;
    }
    this.#repeatLater();
  }
}
