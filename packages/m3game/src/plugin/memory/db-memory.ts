import { z } from "zod";
import { M3Error, reasonError } from "../../meta/error.ts";
import type { DbCallOptions, DbGroup, DbKey, DbQuery, DbReadOptions, DbScope, DbTable, QueryableDb } from "../db.ts";
import { definePlugin, type PluginDefinition } from "../plugin.ts";
import { checkKey } from "./db-memory-field.ts";
import { queryTable } from "./db-memory-query.ts";
import type { MemoryStore } from "./db-memory-store.ts";
import type { MemoryHub } from "./memory-hub.ts";

/**
 * The embedded store, `[[Plugin.DB.db_memory]]`: apps of one process that share a hub share its data, which ends with
 * the hub. It keeps every row in memory and looks at all rows of a table to answer `readMany`.
 */
export function dbMemory(hub: MemoryHub): PluginDefinition<"db"> {
  return definePlugin({
    kind: "db",
    name: "db_memory",
    aliases: ["db_cache"],
    config: z.object({}),
    create: () => new MemoryDb(hub.store),
  });
}

class MemoryDb implements QueryableDb {
  readonly isAtomic = true;
  readonly #store: MemoryStore;
  #disposed = false;

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  async prepare(tables: readonly DbTable[]): Promise<void> {
    this.#checkOpen();
    for (const table of tables) this.#store.prepare(table);
  }

  async read(table: DbTable, key: DbKey, options: DbReadOptions = {}) {
    this.#checkOpen(options);
    const checkedKey = checkKey(table, key);
    const stored = this.#store.table(table);
    if (options.scope !== undefined) this.#store.raiseFence(options.scope);
    return stored.read(table, checkedKey, options.fields);
  }

  async readMany(table: DbTable, query: DbQuery, options?: DbCallOptions) {
    this.#checkOpen(options);
    return queryTable(this.#store.table(table), table, query);
  }

  async write(groups: readonly DbGroup[], options?: DbCallOptions) {
    return groups.map((group) => {
      try {
        this.#checkOpen(options);
        return this.#store.writeGroup(group);
      } catch (error) {
        const failed = { status: "failed", error: M3Error.from(error) } as const;
        return group.writes.map(() => failed);
      }
    });
  }

  async raiseFence(scope: DbScope, options?: DbCallOptions): Promise<void> {
    this.#checkOpen(options);
    this.#store.raiseFence(scope);
  }

  async enterEpoch(lease: string): Promise<bigint> {
    this.#checkOpen();
    return this.#store.enterEpoch(lease);
  }

  async raiseEpoch(): Promise<bigint> {
    this.#checkOpen();
    return this.#store.raiseEpoch();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
  }

  #checkOpen({ signal }: DbCallOptions = {}): void {
    if (this.#disposed) throw reasonError("PLUGIN_FAILED", "db_memory is stopped: the app that owns it has ended");
    if (signal?.aborted) {
      throw reasonError("CANCELLED", "given up before it was done", { notExecuted: true, cause: signal.reason });
    }
  }
}
