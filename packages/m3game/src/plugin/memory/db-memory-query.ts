import type { DescField } from "@bufbuild/protobuf";
import { create, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { Code } from "../../meta/code.ts";
import { M3Error } from "../../meta/error.ts";
import type { DbFilter, DbPage, DbQuery, DbTable } from "../db.ts";
import { checkValue, compareValues, type FieldValue, readField } from "./db-memory-field.ts";
import type { MemoryTable, StoredRow } from "./db-memory-table.ts";

const maxLimit = 1000;
const maxValues = 1000;
const cursorFormat = "1";

/** Answers a query by looking at every row. Throws UNIMPLEMENTED and INVALID_ARGUMENT as the contract has it. */
export function queryTable(stored: MemoryTable, table: DbTable, query: DbQuery): DbPage {
  const { limit, orderBy, cursor } = query;
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) {
    throw invalid(`the limit of a query is from 1 to ${maxLimit}, not ${limit}`);
  }
  const order = [...new Set([orderBy?.field ?? table.key, table.key])];
  const fulfilled = query.filters.map((filter) => predicate(table, filter));
  for (const field of order) checkIndexed(table, field);
  const direction = orderBy?.descending ? -1 : 1;
  const compare = (a: Message, b: Message) => direction * compareRows(order, a, b);
  const last = cursor === undefined ? undefined : decodeCursor(table, cursor);

  const found: { readonly message: Message; readonly row: StoredRow }[] = [];
  for (const row of stored.rows.values()) {
    const message = fromBinary(table.schema, row.bytes);
    if (last !== undefined && compare(message, last) <= 0) continue;
    if (fulfilled.every((holds) => holds(message))) found.push({ message, row });
  }
  const page = found.sort((a, b) => compare(a.message, b.message)).slice(0, limit);
  const rows = page.map(({ row }) => ({ message: stored.decode(table, row), version: row.version }));
  const end = page.at(-1);
  if (end === undefined || page.length === found.length) return { rows };
  return { rows, cursor: encodeCursor(table, order, end.message) };
}

function predicate(table: DbTable, filter: DbFilter): (message: Message) => boolean {
  const { field } = filter;
  checkIndexed(table, field);
  if ("equal" in filter) return oneOf(field, [checkValue(field, filter.equal)]);
  if ("in" in filter) {
    if (filter.in.length > maxValues) throw invalid(`a filter has at most ${maxValues} values`);
    return oneOf(
      field,
      filter.in.map((value) => checkValue(field, value)),
    );
  }
  const from = filter.from === undefined ? undefined : checkValue(field, filter.from);
  const to = filter.to === undefined ? undefined : checkValue(field, filter.to);
  return (message) => {
    const value = readField(message, field);
    if (value === undefined || compareValues(value, from) < 0) return false;
    return to === undefined || compareValues(value, to) < 0;
  };
}

function oneOf(field: DescField, values: readonly FieldValue[]): (message: Message) => boolean {
  return (message) => {
    const value = readField(message, field);
    return value !== undefined && values.some((wanted) => compareValues(value, wanted) === 0);
  };
}

function compareRows(order: readonly DescField[], a: Message, b: Message): number {
  for (const field of order) {
    const difference = compareValues(readField(a, field), readField(b, field));
    if (difference !== 0) return difference;
  }
  return 0;
}

function checkIndexed({ name, key, indexed }: DbTable, field: DescField): void {
  if (field === key || indexed.includes(field)) return;
  throw new M3Error(
    Code.UNIMPLEMENTED,
    `rows of table ${name} can't be found by ${field}: enter it in the table's indexed fields`,
  );
}

/** The values that the last row of a page was ordered by, as a message that holds nothing else. */
function encodeCursor({ schema }: DbTable, order: readonly DescField[], row: Message): string {
  const cursor = reflect(schema, create(schema));
  for (const field of order) {
    const value = readField(row, field);
    if (value !== undefined) cursor.set(field, value);
  }
  return cursorFormat + Buffer.from(toBinary(schema, cursor.message)).toString("base64url");
}

function decodeCursor({ schema }: DbTable, cursor: string): Message {
  const bytes = Buffer.from(cursor.slice(cursorFormat.length), "base64url");
  try {
    const message = fromBinary(schema, bytes);
    if (cursorFormat + bytes.toString("base64url") === cursor && message.$unknown === undefined) return message;
  } catch {
    // What can't be decoded is none of ours either.
  }
  throw invalid("the cursor is none of this table: pass on the one that the page before ended with");
}

function invalid(message: string): M3Error {
  return new M3Error(Code.INVALID_ARGUMENT, message);
}
