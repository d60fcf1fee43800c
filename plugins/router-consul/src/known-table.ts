import type { Clock, Instance, Logger, Timer } from "m3game";
import type { ConsulEntry } from "./consul-entry.ts";

/** How long instances that Consul does not confirm after an outage are kept, in milliseconds: a check and a half. */
export const settleMs = 15_000;

/**
 * The table that one watcher was told last, and what it is told next.
 *
 * A Consul that comes back may know less than before: a restarted agent holds its services for unhealthy until their
 * next check, one without storage has forgotten them until they register again. So after an outage an instance stays in
 * the table until Consul has named it once, at most `settleMs`.
 */
export class KnownTable {
  readonly #listener: (instances: readonly Instance[]) => void;
  readonly #clock: Clock;
  readonly #log: Logger;
  #answer: ReadonlyMap<string, Instance> = new Map();
  #table: readonly Instance[] = [];
  #unconfirmed = new Map<string, Instance>();
  #settled: Timer | undefined;
  #content = "";
  #ended = false;

  constructor(listener: (instances: readonly Instance[]) => void, clock: Clock, log: Logger) {
    this.#listener = listener;
    this.#clock = clock;
    this.#log = log;
  }

  /** Takes an answer of Consul. `recovered`: it is the first one after an outage. */
  update(entries: readonly ConsulEntry[], recovered: boolean): void {
    if (recovered) {
      this.#unconfirmed = new Map(this.#table.map((instance) => [instance.app, instance]));
      this.#settled?.cancel();
      this.#settled = this.#clock.after(settleMs, () => {
        this.#unconfirmed.clear();
        this.#deliver();
      });
    }
    this.#answer = newestOf(entries);
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
      this.#log.error("a watcher of the registry threw", { error });
    }
  }
}

/** One instance per app: agents of two machines may both hold an entry, of which the one entered last counts. */
function newestOf(entries: readonly ConsulEntry[]): Map<string, Instance> {
  const newest = new Map<string, ConsulEntry>();
  for (const entry of entries) {
    const known = newest.get(entry.instance.app);
    if (known === undefined || known.modifyIndex < entry.modifyIndex) newest.set(entry.instance.app, entry);
  }
  return new Map([...newest].map(([app, { instance }]) => [app, instance]));
}
