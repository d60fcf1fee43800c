import type { DescField } from "@bufbuild/protobuf";
import type { DbFilter, DbKey, DbQuery } from "m3game";
import { checkQuery, decodeCursor } from "m3game/internal";
import type { PreparedTable } from "./prepared-table.ts";
import type { Condition, QueryTask, SqlValue } from "./protocol.ts";

/** What the worker is to look for. Throws UNIMPLEMENTED and INVALID_ARGUMENT as the contract has it. */
export function queryTask(prepared: PreparedTable, query: DbQuery): QueryTask {
  const { table, layout } = prepared;
  checkQuery(table, query);
  const order = query.orderBy?.field ?? table.key;
  const position = decodeCursor(table, query);
  const toSql = (field: DescField, value: DbKey | boolean | undefined): SqlValue =>
    value === undefined ? null : prepared.encodeValue(field, value);
  return {
    kind: "query",
    table: layout.id,
    // The key is read as any other column.
    columns: [layout.key.number, prepared.fields().list].filter((columns) => columns !== "").join(","),
    conditions: query.filters.map((filter) => conditionOf(prepared, filter)),
    order: order.number,
    descending: query.orderBy?.descending ?? false,
    limit: query.limit,
    after: position === undefined ? null : [toSql(order, position.order), toSql(table.key, position.key)],
  };
}

function conditionOf(prepared: PreparedTable, filter: DbFilter): Condition {
  const { field } = filter;
  const column = field.number;
  const encode = (value: DbKey | boolean) => prepared.encodeValue(field, value);
  if ("equal" in filter) return { column, in: [encode(filter.equal)] };
  if ("in" in filter) return { column, in: filter.in.map(encode) };
  const { from, to } = filter;
  return { column, from: from === undefined ? null : encode(from), to: to === undefined ? null : encode(to) };
}
