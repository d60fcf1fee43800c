import { createPluginContext } from "@m3game/testing";
import { isQueryable } from "../../src/entity/entity-db.ts";
import { Code } from "../../src/meta/code.ts";
import { M3Error, reasonError } from "../../src/meta/error.ts";
import type { DbGroup, DbQuery, DbReadOptions, DbTable, DbWriteResult, QueryableDb } from "../../src/plugin/db.ts";
import { dbMemory } from "../../src/plugin/memory/db-memory.ts";
import { createMemoryHub, type MemoryHub } from "../../src/plugin/memory/memory-hub.ts";

/**
 * What happens to a call: `down` is not executed. `lost` is executed, `late` only when `deliver` is called, and either
 * comes back as UNKNOWN_OUTCOME. `broken`: the store can't ever do it. `held` waits for `release`.
 */
export type Fault = "down" | "lost" | "late" | "broken" | "held";

/** A store in memory that does to each call what the script says, and whatever it likes when there is none. */
export class ScriptedDb implements QueryableDb {
  readonly inner: QueryableDb;
  readonly isAtomic = true;
  /** For the next writes, in order; after that all is well. */
  readonly writes: (Fault | undefined)[] = [];
  /** For the next reads. */
  readonly reads: ("down" | "held" | "undecodable" | undefined)[] = [];
  /** The groups of each write that came. */
  readonly written: (readonly DbGroup[])[] = [];
  /** For the next times that a table is made ready. */
  readonly prepares: ("down" | undefined)[] = [];
  prepared = 0;
  readCount = 0;
  /** How each read asked. */
  readonly asked: DbReadOptions[] = [];
  readonly #late: (() => Promise<unknown>)[] = [];
  readonly #held: (() => void)[] = [];
  #onHeld: (() => void) | undefined;

  private constructor(inner: QueryableDb) {
    this.inner = inner;
  }

  /** Apps with one hub share the data. */
  static async create(hub: MemoryHub = createMemoryHub()): Promise<ScriptedDb> {
    const db = await dbMemory(hub).create({}, createPluginContext("m3test.world1.hero.1"));
    if (!isQueryable(db)) throw new TypeError("db_memory can be searched");
    return new ScriptedDb(db);
  }

  /** Executes the writes that are late. */
  async deliver(): Promise<void> {
    for (const execute of this.#late.splice(0)) await execute();
  }

  /** Resolves once a call is held. */
  async holds(): Promise<void> {
    if (this.#held.length > 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onHeld = resolve;
    await promise;
  }

  /** Lets the calls that are held go on. */
  release(): void {
    for (const go of this.#held.splice(0)) go();
  }

  async write(groups: readonly DbGroup[], options: { signal?: AbortSignal } = {}) {
    this.written.push(groups);
    const fault = this.writes.shift();
    const all = (error: M3Error): readonly (readonly DbWriteResult[])[] =>
      groups.map(({ writes }) => writes.map(() => ({ status: "failed", error })));
    switch (fault) {
      case "down":
        return all(new M3Error(Code.UNAVAILABLE, "the store is down"));
      case "broken":
        return all(new M3Error(Code.INVALID_ARGUMENT, "the store can't write this"));
      case "lost":
        await this.inner.write(groups);
        return all(reasonError("UNKNOWN_OUTCOME", "the answer was lost"));
      case "late":
        this.#late.push(() => this.inner.write(groups));
        return all(reasonError("UNKNOWN_OUTCOME", "the answer was lost"));
      case "held":
        await this.#hold(options.signal);
    }
    return this.inner.write(groups, options);
  }

  async read(...[table, key, options = {}]: Parameters<QueryableDb["read"]>) {
    this.readCount += 1;
    this.asked.push(options);
    const fault = this.reads.shift();
    if (fault === "down") throw new M3Error(Code.UNAVAILABLE, "the store is down");
    if (fault === "undecodable") throw new M3Error(Code.DATA_LOSS, "the row can't be decoded");
    if (fault === "held") await this.#hold(options.signal);
    return this.inner.read(table, key, options);
  }

  async prepare(tables: readonly DbTable[]): Promise<void> {
    this.prepared += 1;
    if (this.prepares.shift() === "down") throw new M3Error(Code.UNAVAILABLE, "the store is down");
    await this.inner.prepare(tables);
  }

  readMany(...args: [DbTable, DbQuery]) {
    return this.inner.readMany(...args);
  }

  raiseFence(...args: Parameters<QueryableDb["raiseFence"]>) {
    return this.inner.raiseFence(...args);
  }

  enterEpoch(lease: string) {
    return this.inner.enterEpoch(lease);
  }

  raiseEpoch() {
    return this.inner.raiseEpoch();
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #hold(signal: AbortSignal | undefined): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held.push(resolve);
    signal?.addEventListener("abort", () => resolve(), { once: true });
    this.#onHeld?.();
    await promise;
  }
}
