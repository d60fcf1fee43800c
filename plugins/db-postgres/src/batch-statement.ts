import { columnType } from "./column-value.ts";
import type { EncodedGroup, EncodedWrite } from "./encoded-group.ts";
import type { Statement } from "./pg-connections.ts";
import type { PgTable } from "./pg-table.ts";

// One statement for many groups of one write each, with an array for each column: all with the same columns. A row is
// written when its version and its claim's fence are the ones given; a statement locks the fences that it has looked at
// until its end, so that nobody raises one in between. It returns the keys of the rows that it has written.

/** A group that is one write. */
export interface SingleWrite {
  readonly group: EncodedGroup;
  readonly write: EncodedWrite;
}

/** Our own tables, in statements. */
export interface OwnTables {
  readonly fences: string;
  readonly tables: string;
}

/** The same for groups that may be in one statement. */
export function batchName({ group: { scope }, write: { kind, table, fields } }: SingleWrite): string {
  return `${kind} ${scope === undefined ? "free" : "owned"} ${table.sql} ${fields.list}`;
}

/** The statement for some writes with one name, each of another row. It returns the key of each that was made, and its version. */
export function batchStatement(own: OwnTables, batch: readonly SingleWrite[]): Statement {
  const [first] = batch;
  if (first === undefined) throw new Error("a batch has at least one write");
  const { table } = first.write;
  const prepared = table.statements.get(batchName(first), () => textOf(own, first));
  return { ...prepared, values: columnsOf(batch, first) };
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly value: (write: SingleWrite) => unknown;
}

const scopeColumns: readonly Column[] = [
  { name: "claim", type: "text", value: ({ group }) => group.scope?.[0] },
  { name: "epoch", type: "bigint", value: ({ group }) => group.scope?.[1] },
  { name: "counter", type: "bigint", value: ({ group }) => group.scope?.[2] },
];
const versionColumn: Column = { name: "ver", type: "bigint", value: ({ write }) => write.version };

/** What the statement takes of each write. */
function inputOf({ group, write: { table, fields, kind } }: SingleWrite): readonly Column[] {
  return [
    ...(group.scope === undefined ? [] : scopeColumns),
    { name: "key", type: table.keyType, value: ({ write }) => write.key },
    ...(kind === "create" ? [] : [versionColumn]),
    ...fields.codecs.map(({ field }, index) => {
      return { name: nameOf(index), type: columnType(field), value: ({ write }: SingleWrite) => write.values[index] };
    }),
  ];
}

function nameOf(index: number): string {
  return `c${index}`;
}

function columnsOf(batch: readonly SingleWrite[], first: SingleWrite): unknown[][] {
  return inputOf(first).map(({ value }) => batch.map(value));
}

function textOf({ fences, tables }: OwnTables, first: SingleWrite): string {
  const { group, write } = first;
  const input = inputOf(first);
  const arrays = input.map(({ type }, index) => `$${index + 1}::${type}[]`).join(", ");
  const rows = `unnest(${arrays}) AS i (${input.map(({ name }) => name).join(", ")})`;
  // Found by the index, one after another: a list of fences would be gone through for each row.
  const owned =
    group.scope === undefined
      ? `SELECT * FROM ${rows}`
      : `SELECT i.* FROM ${rows} JOIN ${fences} f
        ON f.claim = i.claim AND f.epoch = i.epoch AND f.counter = i.counter ORDER BY f.claim FOR SHARE OF f`;
  const columns = write.table.columns(write.fields);
  if (write.kind === "update") return updateText(write.table, columns, owned);
  if (write.kind === "delete") return deleteText(write.table, owned, tables);
  const fresh =
    group.scope && `SELECT i.* FROM ${rows} WHERE NOT EXISTS (SELECT FROM ${fences} f WHERE f.claim = i.claim)`;
  return createText(write.table, columns, { owned, fresh, fences, tables });
}

function updateText(table: PgTable, columns: readonly string[], owned: string): string {
  const changes = [...columns.map((column, index) => `${column} = i.${nameOf(index)}`), "_ver = t._ver + 1"];
  return `WITH owned AS (${owned})
    UPDATE ${table.sql} AS t SET ${changes.join(", ")} FROM owned i
    WHERE t.${table.key} = i.key AND t._ver = i.ver RETURNING t.${table.key}, t._ver`;
}

/** The lock on the table's row comes first: a create that goes on after it sees what was deleted. */
function deleteText(table: PgTable, owned: string, tables: string): string {
  const own = `name = '${table.table.name}'`;
  return `WITH owned AS (${owned}),
    held AS MATERIALIZED (SELECT name FROM ${tables} WHERE ${own} FOR UPDATE),
    gone AS (DELETE FROM ${table.sql} AS t USING owned i, held
      WHERE t.${table.key} = i.key AND t._ver = i.ver RETURNING t.${table.key} AS key, t._ver),
    raised AS (UPDATE ${tables} SET last_deleted = greatest(last_deleted, last.ver)
      FROM (SELECT max(_ver) AS ver FROM gone) last WHERE ${own} AND last.ver IS NOT NULL)
    SELECT key, _ver FROM gone`;
}

interface CreateParts extends OwnTables {
  readonly owned: string;
  /** Rows of claims whose first fence it is: that is entered with the row. Somebody else who does so makes the statement fail. */
  readonly fresh: string | undefined;
}

/** New rows begin above all that were deleted; a delete that is under way is waited for. */
function createText(table: PgTable, columns: readonly string[], { owned, fresh, fences, tables }: CreateParts): string {
  const values = ["i.key", ...columns.map((_column, index) => `i.${nameOf(index)}`), "b.last_deleted + 1"];
  const parts = [`owned AS (${owned})`];
  if (fresh !== undefined) parts.push(`fresh AS (${fresh})`);
  parts.push(
    `begun AS (SELECT last_deleted FROM ${tables} WHERE name = '${table.table.name}' FOR SHARE)`,
    `done AS (INSERT INTO ${table.sql} AS t (${[table.key, ...columns, "_ver"].join(", ")})
      SELECT ${values.join(", ")}
      FROM (SELECT * FROM owned${fresh === undefined ? "" : " UNION ALL SELECT * FROM fresh"}) i CROSS JOIN begun b
      ON CONFLICT DO NOTHING RETURNING t.${table.key} AS key, t._ver)`,
  );
  if (fresh !== undefined) {
    parts.push(
      `entered AS (INSERT INTO ${fences} SELECT DISTINCT claim, epoch, counter FROM fresh JOIN done USING (key))`,
    );
  }
  return `WITH ${parts.join(",\n    ")} SELECT key, _ver FROM done`;
}
