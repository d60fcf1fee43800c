import type { DescField, DescMessage, MessageShape } from "@bufbuild/protobuf";
import { reasonError } from "../meta/error.ts";
import type { DbFilter, DbKey, DbQuery } from "../plugin/db.ts";
import type { EntityDefinition, FieldName } from "./entity-definition.ts";
import { isDbKey } from "./entity-key.ts";

type Value<S extends DescMessage, K> = K extends keyof MessageShape<S>
  ? Extract<MessageShape<S>[K], DbKey | boolean>
  : DbKey | boolean;

/** A value that the field must have, some values of which it must have one, or `from` <= field < `to`. */
export type Condition<T> =
  | T
  | { readonly in: readonly Exclude<T, boolean>[] }
  | { readonly from?: Exclude<T, boolean>; readonly to?: Exclude<T, boolean> };

/** Which entities `find` looks for, and in what order. */
export interface EntityQuery<S extends DescMessage> {
  /** All must hold. Only the key and the fields that the entity names as `indexed` can be asked for. @default all rows */
  readonly where?: { readonly [K in FieldName<S>]?: Condition<Value<S, K>> };
  /** Rows with equal values are in the order of their keys. @default by key */
  readonly orderBy?: FieldName<S>;
  /** @default false */
  readonly descending?: boolean;
  /** Entities on one page, from 1 to 1000. @default 100 */
  readonly limit?: number;
  /** Where the page before ended; the rest of the query must be the same. @default the first page */
  readonly cursor?: string;
}

/** Throws ENTITY_INVALID for a field that is none. */
export function toDbQuery<S extends DescMessage>(definition: EntityDefinition<S>, query: EntityQuery<S>): DbQuery {
  const { where = {}, orderBy, descending = false, limit = 100, cursor } = query;
  return {
    filters: Object.entries(where).map(([name, condition]) => toFilter(fieldOf(definition, name), condition)),
    limit,
    ...(orderBy !== undefined && { orderBy: { field: fieldOf(definition, orderBy), descending } }),
    ...(orderBy === undefined && descending && { orderBy: { field: definition.table.key, descending } }),
    ...(cursor !== undefined && { cursor }),
  };
}

function fieldOf({ schema }: EntityDefinition, name: string): DescField {
  const field = Object.hasOwn(schema.field, name) ? schema.field[name] : undefined;
  if (field !== undefined) return field;
  throw reasonError("ENTITY_INVALID", `${schema.typeName} has no field ${name} to search by`);
}

function toFilter(field: DescField, condition: unknown): DbFilter {
  if (isDbKey(condition) || typeof condition === "boolean") return { field, equal: condition };
  if (typeof condition === "object" && condition !== null) {
    const values: unknown = Reflect.get(condition, "in");
    if (Array.isArray(values) && values.every(isDbKey)) return { field, in: values };
    const from: unknown = Reflect.get(condition, "from");
    const to: unknown = Reflect.get(condition, "to");
    if (isDbKey(from) || isDbKey(to)) return { field, ...(isDbKey(from) && { from }), ...(isDbKey(to) && { to }) };
  }
  throw reasonError("ENTITY_INVALID", `${field.name} can be searched by a value, { in: [...] } or { from, to }`);
}
