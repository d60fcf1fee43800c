import type { DescField } from "@bufbuild/protobuf";
import type { DbFilter, DbKey, DbQuery } from "m3game";
import { checkQuery, decodeCursor } from "m3game/internal";
import { columnType, type PgValue } from "./column-value.ts";
import type { Statement } from "./pg-connections.ts";
import type { PgTable } from "./pg-table.ts";

/** The rows of a page and one more, if there is one: version, key and columns. Throws as the contract has it. */
export function queryStatement(table: PgTable, query: DbQuery): Statement {
  checkQuery(table.table, query);
  const values: unknown[] = [];
  const place = (value: unknown, type: string) => `$${values.push(value)}::${type}`;
  const one = (field: DescField, value: DbKey | boolean) => place(table.encodeValue(field, value), columnType(field));

  const conditionOf = (filter: DbFilter): string => {
    const { field } = filter;
    const column = table.column(field.number);
    if ("equal" in filter) return `${column} = ${one(field, filter.equal)}`;
    if ("in" in filter) {
      const list: PgValue[] = filter.in.map((value) => table.encodeValue(field, value));
      return `${column} = ANY (${place(list, `${columnType(field)}[]`)})`;
    }
    const bounds = [`${column} IS NOT NULL`];
    if (filter.from !== undefined) bounds.push(`${column} >= ${one(field, filter.from)}`);
    if (filter.to !== undefined) bounds.push(`${column} < ${one(field, filter.to)}`);
    return bounds.join(" AND ");
  };

  const order = query.orderBy?.field ?? table.table.key;
  const isDescending = query.orderBy?.descending ?? false;
  const column = table.column(order.number);
  const conditions = query.filters.map(conditionOf);
  const position = decodeCursor(table.table, query);
  if (position !== undefined) {
    const beyond = isDescending ? "<" : ">";
    const key = one(table.table.key, position.key);
    if (order === table.table.key) conditions.push(`${column} ${beyond} ${key}`);
    else if (position.order === undefined) {
      const rest = isDescending ? "" : ` OR ${column} IS NOT NULL`;
      conditions.push(`(${column} IS NULL AND ${table.key} ${beyond} ${key})${rest}`);
    } else {
      const value = one(order, position.order);
      const absent = isDescending ? ` OR ${column} IS NULL` : "";
      conditions.push(`(${column}, ${table.key}) ${beyond} (${value}, ${key})${absent}`);
    }
  }
  const direction = isDescending ? "DESC" : "ASC";
  const sorted = [`${column} ${direction} NULLS ${isDescending ? "LAST" : "FIRST"}`];
  if (order !== table.table.key) sorted.push(`${table.key} ${direction}`);
  const where = conditions.length === 0 ? "" : `WHERE ${conditions.map((each) => `(${each})`).join(" AND ")}`;
  const selected = ["_ver", table.key, ...table.columns(table.fields())].join(", ");
  return {
    text: `SELECT ${selected} FROM ${table.sql} ${where} ORDER BY ${sorted.join(", ")} LIMIT ${query.limit + 1}`,
    values,
  };
}
