import { create, type Message } from "@bufbuild/protobuf";
import { reasonError } from "../meta/error.ts";
import type { DbKey, DbRow } from "../plugin/db.ts";
import type { EntityDefinition } from "./entity-definition.ts";
import { readField } from "./field-value.ts";

/** Throws ENTITY_INVALID, beginning with `problem`, for a value that does not fit its field. */
export function encodeEntity(definition: EntityDefinition, message: Message, problem: () => string): Uint8Array {
  try {
    return definition.encode(message);
  } catch (cause) {
    throw reasonError("ENTITY_INVALID", `${problem()}: ${textOf(cause)}`, { cause });
  }
}

/** The encoding of a new entity. Throws ENTITY_INVALID. */
export function encodeNew(definition: EntityDefinition, key: DbKey, init: object): Uint8Array {
  const { schema, table } = definition;
  const problem = `${table.name} ${key} can't be created`;
  const given: unknown = Reflect.get(init, table.key.localName);
  if (given !== undefined && given !== key) {
    throw reasonError("ENTITY_INVALID", `${problem} with the key ${String(given)}: leave it out`);
  }
  return encodeEntity(definition, create(schema, { ...init, [table.key.localName]: key }), () => problem);
}

/** The encoding of what was read. Throws ROW_UNREADABLE for a row that is not what was asked for. */
export function encodeRow(definition: EntityDefinition, key: DbKey, { message }: DbRow): Uint8Array {
  const { schema, table } = definition;
  const unreadable = (text: string, cause?: unknown) =>
    reasonError("ROW_UNREADABLE", `the stored row of ${table.name} ${key} ${text}; the store was left as it is`, {
      cause,
    });
  if (message.$typeName !== schema.typeName) throw unreadable(`is a ${message.$typeName}`);
  const stored = readField(message, table.key);
  if (stored !== key) throw unreadable(`has the key ${String(stored)} in it`);
  try {
    return definition.encode(message);
  } catch (cause) {
    throw unreadable(`does not fit ${schema.typeName}: ${textOf(cause)}`, cause);
  }
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
