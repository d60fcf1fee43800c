import type { DescField, DescMessage, Message } from "@bufbuild/protobuf";
import type { Fence } from "./fence.ts";

/** How entities of one kind are stored. */
export interface DbTable {
  readonly name: string;
  readonly schema: DescMessage;
  /** The primary field. */
  readonly key: DescField;
  /** Fields that `readMany` may filter by. */
  readonly indexed: readonly DescField[];
}

export type DbKey = string | number | bigint;

/** A stored entity. */
export interface DbRow {
  readonly message: Message;
  /** Rises by one with each write; what an update must name. */
  readonly version: bigint;
}

/** The claim under which a write is made. */
export interface DbScope {
  readonly claim: string;
  readonly fence: Fence;
}

interface DbWriteTarget {
  readonly table: DbTable;
  readonly key: DbKey;
  /** Without one only the version decides. */
  readonly scope?: DbScope;
}

export type DbWrite =
  | (DbWriteTarget & { readonly kind: "create"; readonly message: Message })
  /** Writes the given fields only. */
  | (DbWriteTarget & {
      readonly kind: "update";
      readonly message: Message;
      readonly fields: readonly DescField[];
      readonly version: bigint;
    })
  | (DbWriteTarget & { readonly kind: "delete"; readonly version: bigint });

/** What became of one write of a batch. */
export type DbWriteResult =
  | { readonly status: "written"; readonly version: bigint }
  /** ALREADY_EXISTS, ABORTED (another version), NOT_FOUND or FENCED. Nothing was written. */
  | { readonly status: "refused"; readonly reason: "exists" | "version" | "missing" | "fenced" };

/**
 * Stores entities. The check of fence and version and the write are one atomic step. A write whose answer was lost
 * rejects with UNKNOWN_OUTCOME: the row must be read again, never assumed. Integers of 64 bits are exact.
 */
export interface Db extends AsyncDisposable {
  /** All fields, or the given ones; undefined when there is no row. A row that is only a fence is none. */
  read(table: DbTable, key: DbKey, fields?: readonly DescField[]): Promise<DbRow | undefined>;
  /**
   * Writes several entities. Writes of one `group` are all or none where `isAtomic`; a refused write of one group
   * never keeps another group from being written. Results stand in the order of the writes.
   */
  write(groups: readonly (readonly DbWrite[])[]): Promise<readonly (readonly DbWriteResult[])[]>;
  /** True when the writes of a group are one transaction. */
  readonly isAtomic: boolean;
  /**
   * Makes `fence` the least with which the claim's writes pass, before anything is read under it. Rejects with FENCED
   * when the store knows a newer one.
   */
  raiseFence(scope: DbScope): Promise<void>;
}

export type DbFilter =
  | { readonly field: DescField; readonly equal: DbKey | boolean }
  | { readonly field: DescField; readonly in: readonly DbKey[] }
  | { readonly field: DescField; readonly from?: DbKey; readonly to?: DbKey };

export interface DbQuery {
  /** All must hold. */
  readonly filters: readonly DbFilter[];
  readonly orderBy?: { readonly field: DescField; readonly descending: boolean };
  readonly limit: number;
  /** What the page before ended with. */
  readonly cursor?: string;
}

/** A store that can search. */
export interface QueryableDb extends Db {
  /** Rejects with UNIMPLEMENTED for a filter the store can't answer from an index, never with fewer rows than there are. */
  readMany(table: DbTable, query: DbQuery): Promise<{ readonly rows: readonly DbRow[]; readonly cursor?: string }>;
}
