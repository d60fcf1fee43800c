import type { DescField } from "@bufbuild/protobuf";
import type { DbFilter, DbKey, DbQuery } from "m3game";
import { checkQuery, decodeCursor, fieldKind } from "m3game/internal";
import type { Document, Sort } from "mongodb";
import { doubleAbove, doubleBelow, doubleFrom } from "./double-filter.ts";
import type { MongoTable } from "./mongo-table.ts";
import { type MongoValue, minusInfinity, toBson } from "./mongo-value.ts";

const nothing: Document = { _id: { $in: [] } };

/** What to look for and in which order. Throws UNIMPLEMENTED and INVALID_ARGUMENT as the contract has it. */
export function queryFilter(table: MongoTable, query: DbQuery): { readonly filter: Document; readonly sort: Sort } {
  checkQuery(table.table, query);
  const conditions = query.filters.map((filter) => condition(table, filter));
  const order = query.orderBy?.field ?? table.table.key;
  const isDescending = query.orderBy?.descending ?? false;
  const position = decodeCursor(table.table, query);
  if (position !== undefined) {
    const key = toBson(table.encodeValue(table.table.key, position.key));
    const beyond = { _id: isDescending ? { $lt: key } : { $gt: key } };
    const value = position.order === undefined ? undefined : table.encodeValue(order, position.order);
    conditions.push(order === table.table.key ? beyond : after(table, order, value, { isDescending, beyond }));
  }
  const direction = isDescending ? -1 : 1;
  const name = table.nameOf(order.number);
  return {
    filter: { $and: [{ _gone: null }, ...conditions] },
    sort: name === "_id" ? { _id: direction } : { [name]: direction, _id: direction },
  };
}

function condition(table: MongoTable, filter: DbFilter): Document {
  const { field } = filter;
  const name = table.nameOf(field.number);
  const encode = (value: DbKey | boolean) => table.encodeValue(field, value);
  if ("equal" in filter) return equal(name, encode(filter.equal));
  if ("in" in filter)
    return filter.in.length === 0 ? nothing : { $or: filter.in.map((value) => equal(name, encode(value))) };
  const isDouble = fieldKind(field) === "double";
  const bounds: Document[] = [{ [name]: { $exists: true } }];
  if (filter.from !== undefined) {
    const from = encode(filter.from);
    bounds.push(isDouble ? doubleFrom(name, from) : { [name]: { $gte: toBson(from) } });
  }
  if (filter.to !== undefined) {
    const to = encode(filter.to);
    bounds.push(isDouble ? doubleBelow(name, to) : { [name]: { $lt: toBson(to) } });
  }
  return { $and: bounds };
}

function equal(name: string, value: MongoValue): Document {
  return { [name]: value === minusInfinity ? { $type: "null" } : { $eq: value } };
}

/** What comes behind a row in an order. Absent values are before all others. */
function after(
  table: MongoTable,
  order: DescField,
  value: MongoValue | undefined,
  { isDescending, beyond }: { readonly isDescending: boolean; readonly beyond: Document },
): Document {
  const name = table.nameOf(order.number);
  if (value === undefined || value === minusInfinity) {
    const same = { $and: [{ [name]: null }, beyond] };
    return isDescending ? same : { $or: [same, { [name]: { $ne: null } }] };
  }
  const isDouble = fieldKind(order) === "double";
  const same = { $and: [{ [name]: { $eq: value } }, beyond] };
  if (!isDescending) return { $or: [same, isDouble ? doubleAbove(name, value) : { [name]: { $gt: value } }] };
  return { $or: [same, isDouble ? doubleBelow(name, value) : { [name]: { $lt: value } }, { [name]: null }] };
}
