import { randomUUID } from "node:crypto";
import { type DbCallOptions, type DbGroup, type DbWriteResult, M3Error } from "m3game";
import type { StoreCalls, TableRegistry } from "m3game/internal";
import { type AnyBulkWriteOperation, MongoBulkWriteError } from "mongodb";
import { type EncodedWrite, encodeWrite, updateOperation } from "./encoded-write.ts";
import type { FenceStore } from "./fence-store.ts";
import { markRow } from "./mark-row.ts";
import { callError, failedWrites, isRefusedByDriver, unknownOutcome } from "./mongo-error.ts";
import type { MongoTable } from "./mongo-table.ts";
import type { OwnMark } from "./own-mark.ts";
import { createRow } from "./row-creator.ts";
import type { RowDocument } from "./row-document.ts";
import { removeRow } from "./row-remover.ts";
import { type ExecutedBulk, settleBulk, written } from "./settle-bulk.ts";

export interface GroupWriterOptions {
  readonly calls: StoreCalls;
  readonly tables: TableRegistry<MongoTable>;
  readonly fences: FenceStore;
}

/** How many writes are looked at together. */
const maxWrites = 1000;
/** How many of them are one command: several commands are under way at a time, and FerretDB takes no more than 100. */
const maxBulkWrites = 64;
/** How many rows are made or deleted at the same time. */
const maxSingles = 50;

/**
 * Writes groups: first the fences of their claims are looked at, then each write is made by itself, with the check of its
 * version and of the owners that the row knows. Updates go in bulks.
 */
export class GroupWriter {
  readonly #options: GroupWriterOptions;

  constructor(options: GroupWriterOptions) {
    this.#options = options;
  }

  async write(groups: readonly DbGroup[], { signal }: DbCallOptions): Promise<(readonly DbWriteResult[])[]> {
    const results = groups.map(({ writes }) => new Array<DbWriteResult>(writes.length));
    const writes: EncodedWrite[] = [];
    for (const [index, group] of groups.entries()) {
      for (const [place, write] of group.writes.entries()) {
        const outcome = results[index] ?? [];
        try {
          const settle = (result: DbWriteResult) => {
            outcome[place] ??= result;
          };
          writes.push(encodeWrite(this.#options.tables, group, write, settle));
        } catch (error) {
          outcome[place] = { status: "failed", error: M3Error.from(error) };
        }
      }
    }
    await Promise.all(chunksOf(writes, maxWrites).map((chunk) => this.#writeChunk(chunk, signal)));
    return results;
  }

  async #writeChunk(chunk: readonly EncodedWrite[], signal: AbortSignal | undefined): Promise<void> {
    const bytes = chunk.reduce((sum, write) => sum + write.bytes, 0);
    try {
      await this.#options.calls.run({ kind: "write", signal, bytes }, () => this.#writeAll(chunk));
    } catch (error) {
      failAll(chunk, error);
    }
  }

  async #writeAll(writes: readonly EncodedWrite[]): Promise<void> {
    const owned = await this.#keepOwned(writes);
    const isUpdate = ({ kind }: EncodedWrite) => kind === "update";
    const singles = owned.filter((write) => !isUpdate(write));
    const updates = Map.groupBy(owned.filter(isUpdate), ({ table }) => table);
    const bulks = [...updates].flatMap(([table, own]) => bulksOf(own).map((bulk) => ({ table, bulk })));
    await Promise.all([this.#writeSingles(singles), ...bulks.map(({ table, bulk }) => this.#writeBulk(table, bulk))]);
  }

  /** The writes whose claims have no newer owner; the others are refused. */
  async #keepOwned(writes: readonly EncodedWrite[]): Promise<readonly EncodedWrite[]> {
    const marks = new Map<string, OwnMark>();
    for (const { own } of writes) if (own !== undefined) marks.set(`${own.f} ${own.scope}`, own);
    let newer: ReadonlySet<OwnMark>;
    try {
      newer = await this.#options.fences.newerThan([...marks.values()]);
    } catch (error) {
      // Of the rows nothing has been written yet.
      throw callError("read", error);
    }
    return writes.filter(({ own, settle }) => {
      const mark = own && marks.get(`${own.f} ${own.scope}`);
      if (mark === undefined || !newer.has(mark)) return true;
      settle({ status: "refused", reason: "fenced" });
      return false;
    });
  }

  async #writeSingles(writes: readonly EncodedWrite[]): Promise<void> {
    let next = 0;
    const work = async () => {
      for (let write = writes[next++]; write !== undefined; write = writes[next++]) {
        try {
          write.settle(await (write.kind === "create" ? createRow(write) : removeRow(write)));
        } catch (error) {
          failAll([write], callError("write", error));
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(maxSingles, writes.length) }, work));
  }

  /** At most one write for each row. */
  async #writeBulk(table: MongoTable, writes: readonly EncodedWrite[]): Promise<void> {
    const call = randomUUID();
    const operations = writes.map((write): AnyBulkWriteOperation<RowDocument> => updateOperation(write, call));
    try {
      const { matchedCount } = await table.collection.bulkWrite(operations, { ordered: false });
      await this.#settle(table, { writes, call, matchedCount });
    } catch (error) {
      // It refuses all of them because of one.
      if (isRefusedByDriver(error) && writes.length > 1) await this.#writeEach(table, writes);
      else await this.#settleFailed(table, { writes, call, error });
    }
  }

  async #writeEach(table: MongoTable, writes: readonly EncodedWrite[]): Promise<void> {
    for (const write of writes) await this.#writeBulk(table, [write]);
  }

  async #settleFailed(
    table: MongoTable,
    {
      writes,
      call,
      error,
    }: { readonly writes: readonly EncodedWrite[]; readonly call: string; readonly error: unknown },
  ): Promise<void> {
    const failed = error instanceof MongoBulkWriteError ? failedWrites(error) : undefined;
    if (!(error instanceof MongoBulkWriteError) || failed === undefined) {
      failAll(writes, callError("write", error));
      return;
    }
    for (const [index, cause] of failed) failAll(writes.slice(index, index + 1), cause);
    const others = writes.filter((_, index) => !failed.has(index));
    await this.#settle(table, { writes: others, call, matchedCount: error.matchedCount });
  }

  async #markRefused(
    table: MongoTable,
    { writes, call }: ExecutedBulk,
    documents: Map<RowDocument["_id"], RowDocument>,
  ): Promise<void> {
    await Promise.all(
      writes.map(async ({ id, own }) => {
        if (own === undefined || documents.get(id)?._call === call) return;
        documents.set(id, await markRow(table, id, own));
      }),
    );
  }

  async #settle(table: MongoTable, bulk: ExecutedBulk): Promise<void> {
    const { writes, matchedCount } = bulk;
    if (matchedCount === writes.length) {
      for (const write of writes) write.settle(written(write));
      return;
    }
    const ids = writes.map(({ id }) => id);
    const projection = { _ver: 1, _own: 1, _gone: 1, _call: 1 };
    let again: readonly EncodedWrite[];
    try {
      const found = await table.collection
        .find({ _id: { $in: ids } }, { projection, batchSize: ids.length + 1 })
        .toArray();
      const documents = new Map(found.map((document) => [document._id, document]));
      await this.#markRefused(table, bulk, documents);
      again = settleBulk(bulk, documents);
    } catch (error) {
      failAll(writes, unknownOutcome("which rows were written can't be read", error));
      return;
    }
    if (again.length > 0) await this.#writeBulk(table, again);
  }
}

/** A row that several groups write is in several bulks. */
function bulksOf(writes: readonly EncodedWrite[]): readonly (readonly EncodedWrite[])[] {
  const rounds: Map<EncodedWrite["id"], EncodedWrite>[] = [];
  for (const write of writes) {
    let round = rounds.find((known) => !known.has(write.id));
    if (round === undefined) rounds.push((round = new Map()));
    round.set(write.id, write);
  }
  return rounds.flatMap((round) => chunksOf([...round.values()], maxBulkWrites));
}

function chunksOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const chunks: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += size) chunks.push(items.slice(from, from + size));
  return chunks;
}

function failAll(writes: readonly EncodedWrite[], cause: unknown): void {
  const error = M3Error.from(cause);
  for (const { settle } of writes) settle({ status: "failed", error });
}
