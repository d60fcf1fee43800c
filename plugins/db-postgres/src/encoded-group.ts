import type { DbGroup, DbWrite, DbWriteResult } from "m3game";
import type { FieldSet, TableRegistry } from "m3game/internal";
import type { PgValue } from "./column-value.ts";
import { type ScopeValues, scopeValues } from "./fences.ts";
import type { PgTable } from "./pg-table.ts";

/** A write as it travels. */
export interface EncodedWrite {
  readonly kind: DbWrite["kind"];
  readonly table: PgTable;
  readonly key: PgValue;
  readonly fields: FieldSet<PgValue>;
  /** One for each field. */
  readonly values: readonly (PgValue | null)[];
  /** Empty for a create. */
  readonly version: string;
}

export interface EncodedGroup {
  readonly scope: ScopeValues | undefined;
  readonly writes: readonly EncodedWrite[];
  /** Roughly its size. */
  readonly bytes: number;
  /** Told once what became of it. */
  readonly settle: (results: readonly DbWriteResult[]) => void;
}

const maxVersion = 2n ** 63n - 1n;

/** Throws INVALID_ARGUMENT and FAILED_PRECONDITION. */
export function encodeGroup(
  tables: TableRegistry<PgTable>,
  { scope, writes }: DbGroup,
  settle: EncodedGroup["settle"],
): EncodedGroup {
  const encoded = writes.map((write) => encodeWrite(tables, write));
  let bytes = 0;
  for (const { values } of encoded) for (const value of values) bytes += 16 + (value?.length ?? 0);
  return { scope: scope && scopeValues(scope), writes: encoded, bytes, settle };
}

function encodeWrite(tables: TableRegistry<PgTable>, write: DbWrite): EncodedWrite {
  const table = tables.get(write.table);
  const key = table.encodeKey(write.key);
  const { kind } = write;
  const fields = table.fields(kind === "update" ? write.fields : kind === "create" ? undefined : []);
  const values: (PgValue | null)[] = [];
  if (kind !== "delete") table.encode(write.message, fields, values);
  const version = kind === "create" ? 0n : write.version;
  // One that no row can have.
  return {
    kind,
    table,
    key,
    fields,
    values,
    version: kind === "create" ? "" : String(version > maxVersion ? -1n : version),
  };
}
