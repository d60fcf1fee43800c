import {
  Code,
  type DbCallOptions,
  type DbGroup,
  type DbScope,
  type DbWrite,
  type DbWriteResult,
  M3Error,
} from "m3game";
import type { StoreCalls, TableRegistry } from "m3game/internal";
import type { FenceStore } from "./fence-store.ts";
import { failParts, type GroupPart, type PartWrite, takeReply, type WriteCall } from "./group-call.ts";
import type { Keys, Partition } from "./keys.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { callError } from "./redis-error.ts";
import type { RedisTable } from "./redis-table.ts";
import type { SchemaStore } from "./schema-store.ts";
import { toCalls } from "./write-calls.ts";

export interface GroupWriterOptions {
  readonly connection: RedisConnection;
  readonly keys: Keys;
  readonly calls: StoreCalls;
  readonly tables: TableRegistry<RedisTable>;
  readonly schemas: SchemaStore;
  readonly fences: FenceStore;
}

/** A table that changes this often while one call writes is none. */
const maxAttempts = 10;

/** Writes groups: each part of one that is in one partition is a step of its own, many of them in one run of a script. */
export class GroupWriter {
  readonly #options: GroupWriterOptions;

  constructor(options: GroupWriterOptions) {
    this.#options = options;
  }

  async write(groups: readonly DbGroup[], { signal }: DbCallOptions): Promise<(readonly DbWriteResult[])[]> {
    const results = groups.map(({ writes }) => new Array<DbWriteResult>(writes.length));
    const byPartition = new Map<Partition, GroupPart[]>();
    for (const [index, group] of groups.entries()) {
      for (const [partition, part] of this.#split(group, results[index] ?? [])) {
        const parts = byPartition.get(partition);
        if (parts === undefined) byPartition.set(partition, [part]);
        else parts.push(part);
      }
    }
    await Promise.all([...byPartition].map(([partition, parts]) => this.#writeParts(partition, parts, signal)));
    return results;
  }

  /** The whole group where all rows are in one partition, else each write by itself. */
  #split(group: DbGroup, results: DbWriteResult[]): readonly (readonly [Partition, GroupPart])[] {
    const { partitions } = this.#options.keys;
    const [only] = partitions;
    const isAtomic = partitions.length === 1;
    const writes: (PartWrite & { readonly partition: Partition })[] = [];
    for (const [index, write] of group.writes.entries()) {
      try {
        const settle = (result: DbWriteResult) => {
          results[index] ??= result;
        };
        writes.push({ write, ...this.#find(write), settle });
      } catch (cause) {
        const failed = { status: "failed", error: M3Error.from(cause) } as const;
        if (isAtomic) {
          results.fill(failed);
          return [];
        }
        results[index] = failed;
      }
    }
    if (writes.length === 0) return [];
    if (isAtomic && only !== undefined) return [[only, { group, writes }]];
    return writes.map((write) => [write.partition, { group, writes: [write] }]);
  }

  /** Throws INVALID_ARGUMENT and FAILED_PRECONDITION. */
  #find(write: DbWrite): { readonly table: RedisTable; readonly key: string; readonly partition: Partition } {
    const table = this.#options.tables.get(write.table);
    const key = String(table.codec.encodeKey(write.key));
    return { table, key, partition: this.#options.keys.partitionOf(table.table.name, key) };
  }

  async #writeParts(
    partition: Partition,
    parts: readonly GroupPart[],
    signal: AbortSignal | undefined,
    attempt = 1,
  ): Promise<void> {
    const calls = toCalls(partition, parts);
    await Promise.all(calls.map((call) => this.#send(partition, call, signal, attempt)));
  }

  async #send(partition: Partition, call: WriteCall, signal: AbortSignal | undefined, attempt: number): Promise<void> {
    // A part that could not be added may have been the only one.
    if (call.parts.length === 0) return;
    const { connection, keys, calls } = this.#options;
    call.finish(keys.partitions.length > 1);
    try {
      const reply = await calls.run({ kind: "write", signal, bytes: call.bytes }, async () => {
        try {
          return await connection.run(call.script, call.keys, call.args);
        } catch (error) {
          throw callError("write", error);
        }
      });
      const { isStale, again } = takeReply(call.parts, reply);
      if (again.length === 0) return;
      if (attempt === maxAttempts) throw new M3Error(Code.ABORTED, "db_redis: tables or owners change too often");
      if (isStale) await this.#refresh(again);
      const next = isStale ? again : await this.#raise(again, signal);
      await this.#writeParts(partition, next, signal, attempt + 1);
    } catch (error) {
      failParts(call.parts, error);
    }
  }

  /** Learns what another app has changed of the tables. */
  async #refresh(parts: readonly GroupPart[]): Promise<void> {
    const tables = new Set(parts.flatMap(({ writes }) => writes.map(({ table }) => table)));
    for (const table of tables) table.schema = await this.#options.schemas.read(table.table);
  }

  /** A newer fence is to be known in all partitions before anything is written under it. Returns what may be written. */
  async #raise(parts: readonly GroupPart[], signal: AbortSignal | undefined): Promise<readonly GroupPart[]> {
    const raised: GroupPart[] = [];
    const byScope = Map.groupBy(parts, ({ group }) => group.scope);
    const raise = async (scope: DbScope, own: readonly GroupPart[]) => {
      try {
        // Of the rows nothing has been written when this fails.
        await this.#options.fences.raise(scope, { kind: "read", signal });
        raised.push(...own);
      } catch (cause) {
        const error = M3Error.from(cause);
        if (error.reason !== "FENCED") return failParts(own, error);
        for (const { writes } of own) for (const { settle } of writes) settle({ status: "refused", reason: "fenced" });
      }
    };
    await Promise.all([...byScope].map(([scope, own]) => scope && raise(scope, own)));
    return raised;
  }
}
