import { setTimeout as delay } from "node:timers/promises";
import type { DescService } from "@bufbuild/protobuf";
import type { GameClient, ServiceClient } from "@m3game/client";
import type { Bot } from "./scenario.ts";

export interface MeasuredBotInit {
  readonly index: number;
  readonly client: GameClient;
  readonly signal: AbortSignal;
  readonly onSuccess: (operation: string, ms: number) => void;
  readonly onFailure: (operation: string, error: unknown) => void;
}

/** A bot whose calls are counted. */
export class MeasuredBot implements Bot {
  readonly index: number;
  readonly client: GameClient;
  readonly signal: AbortSignal;
  readonly #init: MeasuredBotInit;
  #counted: unknown;

  constructor(init: MeasuredBotInit) {
    this.#init = init;
    this.index = init.index;
    this.client = init.client;
    this.signal = init.signal;
  }

  service<S extends DescService>(service: S): ServiceClient<S> {
    const plain: Readonly<Record<string, (...args: readonly never[]) => Promise<unknown>>> =
      this.client.service(service);
    const measured = service.methods.map(({ name, localName }) => {
      const call = plain[localName];
      const run = (...args: readonly never[]) =>
        this.measure(`${service.typeName}/${name}`, async () => call?.(...args));
      return [localName, run];
    });
    // The same methods with the same arguments and results.
    return Object.fromEntries(measured) as ServiceClient<S>;
  }

  async measure<T>(name: string, operation: () => Promise<T>): Promise<T> {
    const from = performance.now();
    try {
      const result = await operation();
      this.#init.onSuccess(name, performance.now() - from);
      return result;
    } catch (error) {
      this.#counted = error;
      this.#init.onFailure(name, error);
      throw error;
    }
  }

  async pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.signal });
  }

  /** True for an error that an operation has failed with. */
  hasCounted(error: unknown): boolean {
    return error !== undefined && error === this.#counted;
  }
}
