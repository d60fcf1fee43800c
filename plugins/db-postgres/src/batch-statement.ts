import { columnType } from "./column-value.ts";
import type { EncodedGroup, EncodedWrite } from "./encoded-group.ts";
import type { Statement } from "./pg-connections.ts";
import type { PgTable } from "./pg-table.ts";

// One statement for many groups of one write each, with a row of arrays for each: all with the same columns. A row is
// written when its version and its claim's fence are the ones given; a statement locks the fences that it has looked at
// until its end, so that nobody raises one in between. It returns which rows it has written.

/** A group that is one create or update. */
export interface SingleWrite {
  readonly group: EncodedGroup;
  readonly write: EncodedWrite;
}

/** The same for groups that may be in one statement. */
export function batchName({ kind, table, fields }: EncodedWrite): string {
  return `m3 ${kind} ${table.sql} ${fields.list}`;
}

/** The statement for some writes with one name, each of another row. It returns the place of each that was made, from 1 on, and its version. */
export function batchStatement(fences: string, tables: string, batch: readonly SingleWrite[]): Statement {
  const [first] = batch;
  if (first === undefined) throw new Error("a batch has at least one write");
  const { table, fields, kind } = first.write;
  const types = fields.codecs.map(({ field }) => columnType(field));
  const arrays = [...["text", "bigint", "bigint", table.keyType, "bigint"], ...types].map(
    (type, index) => `$${index + 1}::${type}[]`,
  );
  const names = types.map((_type, index) => `c${index}`);
  const input = `input AS (SELECT * FROM unnest(${arrays.join(", ")}) WITH ORDINALITY
      AS i (${["claim", "epoch", "counter", "key", "ver", ...names, "n"].join(", ")})),
    held AS (SELECT claim, epoch, counter FROM ${fences} WHERE claim = ANY ($1::text[]) ORDER BY claim FOR SHARE)`;
  const isOwned = `(i.claim IS NULL OR EXISTS (SELECT FROM held h
      WHERE h.claim = i.claim AND h.epoch = i.epoch AND h.counter = i.counter))`;
  const text =
    kind === "create"
      ? createText(table, table.columns(fields), names, { input, isOwned, tables })
      : updateText(table, table.columns(fields), names, { input, isOwned });
  return { text, isPrepared: true, values: columnsOf(batch, types.length) };
}

interface Parts {
  readonly input: string;
  readonly isOwned: string;
}

function updateText(table: PgTable, columns: readonly string[], names: readonly string[], { input, isOwned }: Parts) {
  const changes = [...columns.map((column, index) => `${column} = i.${names[index]}`), "_ver = t._ver + 1"];
  return `WITH ${input}
    UPDATE ${table.sql} AS t SET ${changes.join(", ")} FROM input i
    WHERE t.${table.key} = i.key AND t._ver = i.ver AND ${isOwned} RETURNING i.n, t._ver`;
}

/** New rows begin above all that were deleted; a delete that is under way is waited for. */
function createText(
  table: PgTable,
  columns: readonly string[],
  names: readonly string[],
  { input, isOwned, tables }: Parts & { readonly tables: string },
) {
  const literal = `'${table.table.name}'`;
  return `WITH ${input},
    begun AS (SELECT last_deleted FROM ${tables} WHERE name = ${literal} FOR SHARE),
    done AS (INSERT INTO ${table.sql} AS t (${[table.key, ...columns, "_ver"].join(", ")})
      SELECT ${["i.key", ...names.map((name) => `i.${name}`), "b.last_deleted + 1"].join(", ")}
      FROM input i CROSS JOIN begun b WHERE ${isOwned}
      ON CONFLICT DO NOTHING RETURNING t.${table.key} AS key, t._ver)
    SELECT i.n, done._ver FROM done JOIN input i USING (key)`;
}

function columnsOf(batch: readonly SingleWrite[], count: number): unknown[][] {
  const columns: unknown[][] = Array.from({ length: 5 + count }, () => []);
  for (const { group, write } of batch) {
    const row = [...(group.scope ?? [null, null, null]), write.key, write.version || null, ...write.values];
    for (const [index, value] of row.entries()) columns[index]?.push(value);
  }
  return columns;
}
