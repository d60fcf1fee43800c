import { type DescField, fromBinary, type Message, toBinary } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import type { FieldValue } from "./check-value.ts";
import { type FieldKind, fieldKind, isOptional } from "./field-kind.ts";

/** How a store keeps a single value. Both throw for what does not fit. */
export interface ValueCodec<V> {
  /** The result shares nothing with the value. */
  encode(field: DescField, kind: FieldKind, value: unknown): V;
  decode(field: DescField, kind: FieldKind, value: V): FieldValue;
}

/** How one field of a message is stored and comes back; `null` is an absent one. Both throw for what does not fit. */
export interface FieldCodec<V> {
  readonly field: DescField;
  encode(message: Message): V | null;
  /** Sets the field of `target`, which is fresh. */
  decode(value: V | null, target: ReflectMessage): void;
}

/** Messages are stored as their encoding; lists and maps as that of a message that holds this field alone. */
export function createFieldCodec<V>(field: DescField, values: ValueCodec<V>): FieldCodec<V> {
  switch (field.fieldKind) {
    case "message":
      return messageCodec(field, values);
    case "list":
    case "map":
      return repeatedCodec(field, values);
    default:
      return scalarCodec(field, values);
  }
}

function scalarCodec<V>(field: DescField & { fieldKind: "scalar" | "enum" }, values: ValueCodec<V>): FieldCodec<V> {
  const kind = fieldKind(field);
  if (isOptional(field) || (field.fieldKind === "scalar" && field.longAsString)) {
    const encode = (message: Message) => {
      const source = reflect(field.parent, message, false);
      return isOptional(field) && !source.isSet(field) ? null : values.encode(field, kind, source.get(field));
    };
    const decode = (value: V | null, target: ReflectMessage) => {
      if (value !== null) target.set(field, values.decode(field, kind, value));
    };
    return { field, encode, decode };
  }
  // The message holds the value itself, which the codec has checked.
  const { localName } = field;
  return {
    field,
    encode: (message) => values.encode(field, kind, Reflect.get(message, localName)),
    decode: (value, { message }) => {
      if (value !== null) Reflect.set(message, localName, values.decode(field, kind, value));
    },
  };
}

function messageCodec<V>(field: DescField & { fieldKind: "message" }, values: ValueCodec<V>): FieldCodec<V> {
  return {
    field,
    encode: (message) => {
      const source = reflect(field.parent, message, false);
      if (!source.isSet(field)) return null;
      return values.encode(field, "bytes", toBinary(field.message, source.get(field).message));
    },
    decode: (value, target) => {
      if (value === null) return;
      const bytes = bytesOf(field, values.decode(field, "bytes", value));
      target.set(field, reflect(field.message, fromBinary(field.message, bytes), false));
    },
  };
}

/** The whole field as it stands in its message's encoding, so that it can be read without anything else. */
function repeatedCodec<V>(field: DescField & { fieldKind: "list" | "map" }, values: ValueCodec<V>): FieldCodec<V> {
  const { parent } = field;
  return {
    field,
    encode: (message) => {
      const alone = reflect(parent);
      alone.set(field, reflect(parent, message, false).get(field));
      return values.encode(field, "bytes", toBinary(parent, alone.message));
    },
    decode: (value, target) => {
      if (value === null) return;
      const bytes = bytesOf(field, values.decode(field, "bytes", value));
      target.set(field, reflect(parent, fromBinary(parent, bytes), false).get(field));
    },
  };
}

function bytesOf(field: DescField, value: FieldValue): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new Error(`a ${typeof value} is no encoding of ${field}`);
}
