import type { DbGroup, DbWrite, DbWriteResult } from "m3game";
import type { TableRegistry } from "m3game/internal";
import type { Document } from "mongodb";
import type { MongoTable } from "./mongo-table.ts";
import type { MongoValue } from "./mongo-value.ts";
import { markUpdate, type OwnMark, ownFilter, ownMark } from "./own-mark.ts";
import type { RowDocument } from "./row-document.ts";

/** A write as the driver takes it. */
export interface EncodedWrite {
  readonly kind: DbWrite["kind"];
  readonly table: MongoTable;
  readonly id: RowDocument["_id"];
  /** 0 for a create. */
  readonly version: bigint;
  readonly own: OwnMark | undefined;
  readonly set: Document;
  readonly unset: Document;
  /** Roughly its size. */
  readonly bytes: number;
  /** Told once what became of it. */
  readonly settle: (result: DbWriteResult) => void;
}

const maxVersion = 2n ** 63n - 1n;

/** Throws INVALID_ARGUMENT and FAILED_PRECONDITION. */
export function encodeWrite(
  tables: TableRegistry<MongoTable>,
  { scope }: DbGroup,
  write: DbWrite,
  settle: EncodedWrite["settle"],
): EncodedWrite {
  const { kind } = write;
  const table = tables.get(write.table);
  const id = table.encodeKey(write.key);
  if (typeof id === "symbol") throw new Error("a key is no number");
  const own = scope && ownMark(scope);
  // One that no row can have.
  const version = kind === "create" ? 0n : write.version > maxVersion ? -1n : write.version;
  const values: (MongoValue | null)[] = [];
  const fields = table.fields(kind === "create" ? undefined : kind === "update" ? write.fields : []);
  if (kind !== "delete") table.encode(write.message, fields, values);
  let bytes = 100;
  for (const value of values) bytes += typeof value === "string" || value instanceof Uint8Array ? value.length : 8;
  return { kind, table, id, version, own, ...table.split(fields, values), bytes, settle };
}

/** The row that an update or delete is for. */
export function rowFilter({ id, version, own }: EncodedWrite): Document {
  return { _id: id, _ver: version, _gone: null, ...ownFilter(own) };
}

/** The operation of an update for a bulk. `call` tells afterwards which were made. */
export function updateOperation(write: EncodedWrite, call: string) {
  const { version, own, set, unset } = write;
  const update = {
    $set: { ...set, _ver: version + 1n, _call: call, ...markUpdate(own) },
    ...(Object.keys(unset).length > 0 && { $unset: unset }),
  };
  return { updateOne: { filter: rowFilter(write), update } };
}
