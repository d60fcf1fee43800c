import type { Clock, Timer } from "../../meta/clock.ts";
import type { Logger } from "../log.ts";
import type { Instance } from "../router.ts";

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
  #table: readonly Instance[] = [];
  #unconfirmed = new Map<string, Instance>();
  #settled: Timer | undefined;
  #content = "";
  #ended = false;

  constructor(listener: (instances: readonly Instance[]) => void, options: KnownTableOptions) {
    this.#listener = listener;
    this.#options = options;
  }

  /** Takes what the registry holds, one instance for each app. `recovered`: it is the first answer after an outage. */
  update(instances: Iterable<Instance>, recovered: boolean): void {
    if (recovered) {
      this.#unconfirmed = new Map(this.#table.map((instance) => [instance.app, instance]));
      this.#settled?.cancel();
      this.#settled = this.#options.clock.after(this.#options.settleMs, () => {
        this.#unconfirmed.clear();
        this.#deliver();
      });
    }
    this.#answer = new Map(Array.from(instances, (instance) => [instance.app, instance]));
    for (const app of this.#answer.keys()) this.#unconfirmed.delete(app);
    this.#deliver();
  }

  /** The listener is not called again. */
  end(): void {
    this.#ended = true;
    this.#settled?.cancel();
  }

  #deliver(): void {
    if (this.#ended) return;
    const table = [...this.#answer.values(), ...this.#unconfirmed.values()].sort((a, b) => (a.app < b.app ? -1 : 1));
    const content = JSON.stringify(table.map(({ meta, ...rest }) => [rest, Object.entries(meta).sort()]));
    if (content === this.#content) return;
    this.#content = content;
    this.#table = table;
    try {
      this.#listener(table);
    } catch (error) {
      this.#options.log.error("a watcher of the registry threw", { error });
    }
  }
}
