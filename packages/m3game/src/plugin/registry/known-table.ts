import type { Clock, Timer } from "../../meta/clock.ts";
import type { Logger } from "../log.ts";
import type { Instance } from "../router.ts";
import { isSameInstance } from "./same-instance.ts";

export interface KnownTableOptions {
  /** How long instances that the registry does not confirm after an outage are kept, in milliseconds. */
  readonly settleMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * The table that one watcher of a registry was told last, and what it is told next: never the same content twice.
 *
 * A registry that comes back may know less than before: one without storage has forgotten all until they register again.
 * So after an outage an instance stays in the table until the registry has named it once, at most `settleMs`.
 */
export class KnownTable {
  readonly #listener: (instances: readonly Instance[]) => void;
  readonly #options: KnownTableOptions;
  #answer: ReadonlyMap<string, Instance> = new Map();
  /** By app; undefined: nothing was told yet. */
  #told: ReadonlyMap<string, Instance> | undefined;
  #unconfirmed = new Map<string, Instance>();
  #settled: Timer | undefined;
  #ended = false;

  constructor(listener: (instances: readonly Instance[]) => void, options: KnownTableOptions) {
    this.#listener = listener;
    this.#options = options;
  }

  /** Takes what the registry holds, one instance for each app. `recovered`: it is the first answer after an outage. */
  update(instances: Iterable<Instance>, recovered: boolean): void {
    if (recovered) {
      this.#unconfirmed = new Map(this.#told);
      this.#settled?.cancel();
      this.#settled = this.#options.clock.after(this.#options.settleMs, () => {
        this.#unconfirmed.clear();
        this.#deliver();
      });
    }
    // What has not changed stays the object that it was: whoever is told sees by that alone that it has not.
    this.#answer = new Map(Array.from(instances, (instance) => [instance.app, this.#asTold(instance)]));
    for (const app of this.#answer.keys()) this.#unconfirmed.delete(app);
    this.#deliver();
  }

  /** The listener is not called again. */
  end(): void {
    this.#ended = true;
    this.#settled?.cancel();
  }

  #asTold(instance: Instance): Instance {
    const told = this.#told?.get(instance.app);
    return told !== undefined && isSameInstance(told, instance) ? told : instance;
  }

  #deliver(): void {
    if (this.#ended) return;
    const table = [...this.#answer.values(), ...this.#unconfirmed.values()].sort((a, b) => (a.app < b.app ? -1 : 1));
    const told = this.#told;
    if (told?.size === table.length && table.every((instance) => told.get(instance.app) === instance)) return;
    this.#told = new Map(table.map((instance) => [instance.app, instance]));
    try {
      this.#listener(table);
    } catch (error) {
      this.#options.log.error("a watcher of the registry threw", { error });
    }
  }
}
