import type { DescField, DescMessage, Message } from "@bufbuild/protobuf";
import type { M3Error } from "../meta/error.ts";
import type { Fence } from "./fence.ts";

/** How entities of one kind are stored. */
export interface DbTable {
  /** Letters, digits and underscores, beginning with a letter, at most 48. Unique in the store, also without case. */
  readonly name: string;
  readonly schema: DescMessage;
  /** The primary field: a string or an integer. */
  readonly key: DescField;
  /** Fields that `readMany` may filter and order by, beside the key: singular strings, numbers, enums and bools. */
  readonly indexed: readonly DescField[];
}

/** A value of a key field, or one to filter by, of the type that the field has in its message. */
export type DbKey = string | number | bigint;

/** A stored entity. */
export interface DbRow {
  /** A copy of its own. */
  readonly message: Message;
  /** What an update or delete must name. Rises by one with each update. */
  readonly version: bigint;
}

/** The claim under which a group is written. */
export interface DbScope {
  readonly claim: string;
  readonly fence: Fence;
}

interface DbWriteTarget {
  readonly table: DbTable;
  /** Names the row, whatever the message holds in its key field. */
  readonly key: DbKey;
}

/**
 * One write. The message is read before `write` returns: it may change afterwards. Unknown fields of the entity itself
 * are not stored, those of messages in it are.
 */
export type DbWrite =
  /**
   * Must be refused as `exists` when there is a row. The new row's version is greater than that of any row that was
   * there before under this key, so that what was read before a delete never fits again.
   */
  | (DbWriteTarget & { readonly kind: "create"; readonly message: Message })
  /**
   * Writes the given fields and leaves all others as they are, those that this schema does not know too. The key field
   * is not among them. One field of a oneof stands for the whole oneof.
   */
  | (DbWriteTarget & {
      readonly kind: "update";
      readonly message: Message;
      readonly fields: readonly DescField[];
      readonly version: bigint;
    })
  | (DbWriteTarget & { readonly kind: "delete"; readonly version: bigint });

/** Writes that belong together, those of one actor. At most one of them per row. */
export interface DbGroup {
  /** Checked against the claim's fence in the same atomic step as each write. Without one only the versions decide. */
  readonly scope?: DbScope;
  readonly writes: readonly DbWrite[];
}

/**
 * Why a write was refused. It changed nothing.
 * - `fenced`: the store knows a newer fence of the claim. The writer has lost it for good.
 * - `exists`: a create found a row.
 * - `missing`: an update or delete found no row.
 * - `version`: the row has another version: somebody else wrote it. Read it again.
 * - `group`: another write of the group was refused (a store that `isAtomic`).
 */
export type DbRefusal = "fenced" | "exists" | "missing" | "version" | "group";

/** What became of one write. */
export type DbWriteResult =
  /** Done, and as durable as the store is configured. */
  | { readonly status: "written"; readonly version: bigint }
  | { readonly status: "refused"; readonly reason: DbRefusal }
  /**
   * The store could not do it, nor the rest of the group where `isAtomic`. UNKNOWN_OUTCOME: nobody knows whether it was
   * written: read the row, never assume. Any other error: it was not written.
   */
  | { readonly status: "failed"; readonly error: M3Error };

/** How a call to the store ends early. */
export interface DbCallOptions {
  /**
   * Ends the wait. What has not left for the store yet is not executed: CANCELLED. What has may still be: a write is
   * then UNKNOWN_OUTCOME.
   */
  readonly signal?: AbortSignal;
}

/** What a read brings, and for whom. */
export interface DbReadOptions extends DbCallOptions {
  /** Only these fields and the key; none at all for the version alone. One field of a oneof stands for the whole oneof. @default all */
  readonly fields?: readonly DescField[];
  /**
   * Reads as the owner of a claim: first, in the same atomic step, the claim's fence is raised to this one. Rejects with
   * FENCED when the store knows a newer one. An owner's first read of a row must have it: a write of the owner before
   * that is still on its way is then refused, or visible to this read.
   */
  readonly scope?: DbScope;
}

/**
 * Stores entities, with one fence for each claim beside them. Rows and fences are shared by all apps of the store.
 *
 * **Atomicity.** Every write is one atomic step with the check of its version and of the fence of its group's claim. A
 * group is all or nothing where `isAtomic`. Groups have nothing to do with each other: a refused or failed one never
 * keeps another from being written.
 *
 * **Fences.** A write passes when its fence is the known one of its claim, or newer (which raises the known one); it
 * must be refused as `fenced` when it is older, whatever it writes, a create too. A write that is refused for another
 * reason leaves the known fence as it was where `isAtomic`, and raises it all the same elsewhere. Fences never go back,
 * also when rows are deleted. A row that holds nothing but a fence is none.
 *
 * **Ordering.** Calls that overlap happen in any order. What a call wrote is seen by every call, of any app, that begins
 * after it ended. Repeating a call is safe: the version refuses the second write, and fences only rise.
 *
 * **Values** come back exactly: 64-bit integers, -0, NaN, the difference between absent and zero where the field has
 * presence. Floats are rounded to 32 bits. (Inside messages of a row the protobuf encoding decides.)
 *
 * **Failures.** Reads reject, writes come back as `failed`, with: UNAVAILABLE when the store can't be reached or is
 * stopped, RESOURCE_EXHAUSTED when it is full (OVERLOADED when only its queue is), INVALID_ARGUMENT for a value that
 * does not fit its field, DATA_LOSS for a row that can't be decoded (which nothing overwrites), UNKNOWN_OUTCOME when the
 * answer to a write was lost. Nothing is retried below this contract.
 */
export interface Db extends AsyncDisposable {
  /** True when the writes of a group are one transaction. */
  readonly isAtomic: boolean;
  /**
   * Makes tables ready: every table must pass here once before its first use. Adds what is missing (tables, fields,
   * indexes) and keeps what is unknown. Rejects with FAILED_PRECONDITION when a stored field has another type than the
   * schema's. Safe to repeat and to run in several apps at once.
   */
  prepare(tables: readonly DbTable[]): Promise<void>;
  /** The row, undefined when there is none. */
  read(table: DbTable, key: DbKey, options?: DbReadOptions): Promise<DbRow | undefined>;
  /** Writes the groups. Never rejects: one result for each write, in the order given. */
  write(groups: readonly DbGroup[], options?: DbCallOptions): Promise<readonly (readonly DbWriteResult[])[]>;
  /**
   * Makes `fence` the least with which the claim's writes pass. A new owner does it before it reads anything. Rejects
   * with FENCED when the store knows a newer one; the same one is fine. UNKNOWN_OUTCOME is settled by doing it again.
   */
  raiseFence(scope: DbScope, options?: DbCallOptions): Promise<void>;
  /**
   * The epoch for fences of the lease store `lease`, at least 1. Raised by one, in the same step, when the store has met
   * another name last, or none. So a lease plugin that remembers always comes with the same name, and one that forgets
   * with a new name each time it has forgotten, shared by all apps that it serves. A session asks once, before it opens,
   * and keeps its epoch: one that finds itself FENCED by a newer epoch has to begin anew. Apps that share a store share
   * a lease store.
   */
  enterEpoch(lease: string): Promise<bigint>;
  /**
   * Raises the epoch whatever the lease store: for an app that finds that the lease store has gone back to an older state under
   * the same name, and for an operator. The sessions of before keep working until a newer one takes their claims.
   */
  raiseEpoch(): Promise<bigint>;
}

/** A condition on one field. A field that is absent fulfils none. */
export type DbFilter =
  | { readonly field: DescField; readonly equal: DbKey | boolean }
  /** One of at most 1000 values. */
  | { readonly field: DescField; readonly in: readonly DbKey[] }
  /** `from` <= value < `to`; either may be left out. */
  | { readonly field: DescField; readonly from?: DbKey; readonly to?: DbKey };

/** Which rows `readMany` looks for, and in what order. */
export interface DbQuery {
  /** All must hold. */
  readonly filters: readonly DbFilter[];
  /**
   * Rows with equal values are in the order of their keys; descending turns both. Absent values come before all others,
   * NaN after them. Strings are compared by code points.
   * @default by key
   */
  readonly orderBy?: { readonly field: DescField; readonly descending: boolean };
  /** From 1 to 1000. */
  readonly limit: number;
  /** What the page before ended with; the rest of the query must be the same. */
  readonly cursor?: string;
}

/** A part of what `readMany` has found. */
export interface DbPage {
  readonly rows: readonly DbRow[];
  /** For the next page; absent when this is the last. */
  readonly cursor?: string;
}

/** A store that can search. One that can't must say so with UNIMPLEMENTED, never with an empty page. */
export interface QueryableDb extends Db {
  /**
   * The rows for which all filters hold, a page at a time. Rows that stay as they are come exactly once, on one page;
   * one written between two pages may be missed or come twice. Rejects with UNIMPLEMENTED for a field that is neither
   * key nor indexed, INVALID_ARGUMENT for a limit, value or cursor that is none.
   */
  readMany(table: DbTable, query: DbQuery, options?: DbCallOptions): Promise<DbPage>;
}
