// What the main thread and the worker say to each other. Plain data only, and tuples where there are many: each property
// name of an object costs at every message.

export type SqlValue = null | number | bigint | string | Uint8Array;

/** The worker's `workerData`. */
export interface OpenOptions {
  readonly file: string;
  readonly durability: "full" | "normal";
  /** How long to wait for other processes that write to the file. */
  readonly lockTimeoutMs: number;
}

export interface ColumnLayout {
  /** The field's number, by which a column is known whatever it is called. */
  readonly number: number;
  readonly name: string;
  /** Compared with what the column was made for. */
  readonly type: string;
  /** As in CREATE TABLE. */
  readonly declaration: string;
}

export interface TableLayout {
  /** Stands for the table in all tasks. */
  readonly id: number;
  readonly name: string;
  readonly key: ColumnLayout;
  /** All other fields. */
  readonly columns: readonly ColumnLayout[];
  /** Numbers of the fields with an index. */
  readonly indexed: readonly number[];
}

/** A claim and the two parts of its fence: numbers as long as they are exact, which are much faster than bigints. */
export type ScopeData = readonly [claim: string, epoch: number | bigint, counter: number | bigint];

/** Field numbers with commas between: the name of a statement. */
export type ColumnList = string;

export const writeKinds = { create: 0, update: 1, delete: 2 } as const;

/**
 * Many groups in one flat list, since a tuple for each would cost more than what is in it. Of each group: the number of
 * its writes; its claim or null; with a claim, epoch and counter. Then of each write: kind, table, key, version (0 for a
 * create), columns, and a value for each column.
 */
export interface GroupsTask {
  readonly kind: "groups";
  readonly data: SqlValue[];
}

/**
 * Groups of one update each, of the same columns of one table, in lists of their own: the rows are then what the statement
 * takes as it is. `rows` has of each update: key, version, and a value for each column. `claims` has null where there is
 * no scope.
 */
export interface UpdatesTask {
  readonly kind: "updates";
  readonly table: number;
  readonly columns: ColumnList;
  readonly claims: (string | null)[];
  readonly epochs: (number | bigint)[];
  readonly counters: (number | bigint)[];
  readonly rows: SqlValue[];
}

export interface ReadTask {
  readonly kind: "read";
  readonly table: number;
  readonly key: SqlValue;
  readonly columns: ColumnList;
  readonly scope: ScopeData | null;
}

export type Condition =
  | { readonly column: number; readonly in: readonly SqlValue[] }
  | { readonly column: number; readonly from: SqlValue; readonly to: SqlValue };

export interface QueryTask {
  readonly kind: "query";
  readonly table: number;
  readonly columns: ColumnList;
  readonly conditions: readonly Condition[];
  readonly order: number;
  readonly descending: boolean;
  readonly limit: number;
  /** Order value and key of the last row of the page before. */
  readonly after: readonly [order: SqlValue, key: SqlValue] | null;
}

export type WriteTask =
  | GroupsTask
  | UpdatesTask
  | ReadTask
  | { readonly kind: "raise"; readonly scope: ScopeData }
  /** Without a lease the epoch rises whatever there was. */
  | { readonly kind: "epoch"; readonly lease: string | null }
  | { readonly kind: "prepare"; readonly tables: readonly TableLayout[] };

/** The tasks of one message. Reads see what was there before; all writes are one transaction. */
export interface Batch {
  readonly reads: readonly (ReadTask | QueryTask)[];
  readonly writes: readonly WriteTask[];
}

/** The version, then the values in the order of the columns. */
export type RowData = readonly SqlValue[];

/**
 * What a refused write comes back as: minus its place here. What lies below is a problem: minus its place in the result's
 * problems, less the length of this list. Anything above 0 is the row's new version.
 */
export const refusals = ["group", "fenced", "exists", "missing", "version"] as const;
export type Refusal = (typeof refusals)[number];

export type TaskResult =
  /** One number for each write of the groups, see `refusals`. */
  | { readonly writes: readonly number[]; readonly problems: readonly Problem[] }
  | { readonly row: RowData | null }
  | { readonly rows: readonly RowData[] }
  | { readonly epoch: bigint }
  /** Tables were prepared: of each the names of its columns, by the numbers of their fields. */
  | { readonly columns: readonly ReadonlyMap<number, string>[] }
  /** A fence was raised. */
  | { readonly done: true }
  | { readonly problem: Problem };

/** What the worker could not do. */
export type Problem =
  /** SQLite's own error; `isUnknown`: while it committed, and nobody knows whether it did. */
  | { readonly kind: "sqlite"; readonly code: number; readonly message: string; readonly isUnknown: boolean }
  /** A newer owner is known. */
  | { readonly kind: "fenced"; readonly message: string }
  /** What is in the file does not go with the schema or with this version of the plugin. */
  | { readonly kind: "unfit"; readonly message: string }
  | { readonly kind: "bug"; readonly message: string };

export type WorkerMessage =
  | { readonly kind: "open" }
  | { readonly kind: "failed"; readonly problem: Problem }
  | { readonly kind: "reads"; readonly results: readonly TaskResult[] }
  | { readonly kind: "writes"; readonly results: readonly TaskResult[] };
