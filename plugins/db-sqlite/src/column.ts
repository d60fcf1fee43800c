import { type DescField, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { fromColumn, toColumn } from "./column-value.ts";
import { columnKind, isOptional } from "./field-type.ts";
import type { SqlValue } from "./protocol.ts";

/** How one field of a message goes into its column and comes back. Both throw for what does not fit. */
export interface Column {
  readonly field: DescField;
  encode(message: Message): SqlValue;
  /** Sets the field of `target`, which is fresh. */
  decode(value: SqlValue, target: ReflectMessage): void;
}

export function createColumn(field: DescField): Column {
  switch (field.fieldKind) {
    case "message":
      return messageColumn(field);
    case "list":
    case "map":
      return repeatedColumn(field);
    default:
      return scalarColumn(field);
  }
}

function scalarColumn(field: DescField & { fieldKind: "scalar" | "enum" }): Column {
  const kind = columnKind(field);
  const decode = (value: SqlValue, target: ReflectMessage) => {
    if (value !== null) target.set(field, fromColumn(field, kind, value));
  };
  if (isOptional(field) || (field.fieldKind === "scalar" && field.longAsString)) {
    const encode = (message: Message) => {
      const source = reflect(field.parent, message, false);
      return isOptional(field) && !source.isSet(field) ? null : toColumn(field, kind, source.get(field));
    };
    return { field, encode, decode };
  }
  // The message holds the value itself.
  const { localName } = field;
  return { field, encode: (message) => toColumn(field, kind, Reflect.get(message, localName)), decode };
}

function messageColumn(field: DescField & { fieldKind: "message" }): Column {
  return {
    field,
    encode: (message) => {
      const source = reflect(field.parent, message, false);
      return source.isSet(field) ? toBinary(field.message, source.get(field).message) : null;
    },
    decode: (value, target) => {
      if (value === null) return;
      target.set(field, reflect(field.message, fromBinary(field.message, bytesOf(field, value)), false));
    },
  };
}

/** The whole field as it stands in its message's encoding, so that it can be read without anything else. */
function repeatedColumn(field: DescField & { fieldKind: "list" | "map" }): Column {
  const { parent } = field;
  return {
    field,
    encode: (message) => {
      const alone = reflect(parent);
      alone.set(field, reflect(parent, message, false).get(field));
      return toBinary(parent, alone.message);
    },
    decode: (value, target) => {
      if (value === null) return;
      target.set(field, reflect(parent, fromBinary(parent, bytesOf(field, value)), false).get(field));
    },
  };
}

function bytesOf(field: DescField, value: SqlValue): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new Error(`a ${typeof value} is no encoding of ${field}`);
}
