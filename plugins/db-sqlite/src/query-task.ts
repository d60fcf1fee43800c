import { type DescField, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { Code, type DbFilter, type DbQuery, type DbRow, type DbTable, M3Error } from "m3game";
import { toColumn } from "./column-value.ts";
import { columnKind, isOptional } from "./field-type.ts";
import type { PreparedTable } from "./prepared-table.ts";
import type { Condition, QueryTask, SqlValue } from "./protocol.ts";

const maxLimit = 1000;
const maxValues = 1000;
const cursorFormat = "1";

/** What the worker is to look for. Throws UNIMPLEMENTED and INVALID_ARGUMENT as the contract has it. */
export function queryTask(prepared: PreparedTable, query: DbQuery): QueryTask {
  const { table, layout } = prepared;
  const { limit, orderBy, cursor } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) {
    throw invalid(`the limit of a query is from 1 to ${maxLimit}, not ${limit}`);
  }
  const order = orderBy?.field ?? table.key;
  checkIndexed(table, order);
  return {
    kind: "query",
    table: layout.id,
    // The key is read as any other column.
    columns: [layout.key.number, prepared.columns().list].filter((columns) => columns !== "").join(","),
    conditions: query.filters.map((filter) => conditionOf(prepared, filter)),
    order: order.number,
    descending: orderBy?.descending ?? false,
    limit,
    after: cursor === undefined ? null : decodeCursor(table, order, cursor),
  };
}

/** What the next page is to begin after. */
export function encodeCursor({ schema, key }: DbTable, query: DbQuery, last: DbRow): string {
  const row = reflect(schema, last.message, false);
  const cursor = reflect(schema);
  for (const field of [query.orderBy?.field ?? key, key]) {
    if (!isOptional(field) || row.isSet(field)) cursor.set(field, row.get(field));
  }
  return cursorFormat + Buffer.from(toBinary(schema, cursor.message)).toString("base64url");
}

function decodeCursor({ schema, key }: DbTable, order: DescField, text: string): readonly [SqlValue, SqlValue] {
  const bytes = Buffer.from(text.slice(cursorFormat.length), "base64url");
  try {
    const message = fromBinary(schema, bytes);
    if (cursorFormat + bytes.toString("base64url") === text && message.$unknown === undefined) {
      const cursor = reflect(schema, message, false);
      return [columnOf(cursor, order), columnOf(cursor, key)];
    }
  } catch {
    // What can't be decoded is none of ours either.
  }
  throw invalid("the cursor is none of this table: pass on the one that the page before ended with");
}

function columnOf(message: ReflectMessage, field: DescField): SqlValue {
  return isOptional(field) && !message.isSet(field) ? null : toColumn(field, columnKind(field), message.get(field));
}

function conditionOf(prepared: PreparedTable, filter: DbFilter): Condition {
  const { field } = filter;
  checkIndexed(prepared.table, field);
  const column = field.number;
  if ("equal" in filter) return { column, in: [prepared.encodeValue(field, filter.equal)] };
  if ("in" in filter) {
    if (filter.in.length > maxValues) throw invalid(`a filter has at most ${maxValues} values`);
    return { column, in: filter.in.map((value) => prepared.encodeValue(field, value)) };
  }
  const { from, to } = filter;
  return {
    column,
    from: from === undefined ? null : prepared.encodeValue(field, from),
    to: to === undefined ? null : prepared.encodeValue(field, to),
  };
}

function checkIndexed({ name, key, indexed }: DbTable, field: DescField): void {
  if (field === key || indexed.includes(field)) return;
  throw new M3Error(
    Code.UNIMPLEMENTED,
    `rows of table ${name} can't be found by ${field}: enter it in the table's indexed fields`,
  );
}

function invalid(message: string): M3Error {
  return new M3Error(Code.INVALID_ARGUMENT, message);
}
