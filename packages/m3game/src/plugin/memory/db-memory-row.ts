import {
  create,
  type DescField,
  type DescMessage,
  fromBinary,
  type Message,
  ScalarType,
  toBinary,
} from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { FeatureSet_FieldPresence } from "@bufbuild/protobuf/wkt";
import { Code } from "../../meta/code.ts";
import { M3Error } from "../../meta/error.ts";
import type { DbKey, DbTable } from "../db.ts";

/**
 * A new row from a message, in protobuf's own encoding: fields that another version of the schema added survive an
 * update by this one, as the unknown fields they are. Throws INVALID_ARGUMENT for a value that does not fit its field.
 */
export function encodeRow({ schema, key: keyField }: DbTable, key: DbKey, message: Message): Uint8Array {
  return encode(schema, () => {
    const row = copyFields(schema, message, create(schema), schema.fields);
    reflect(schema, row).set(keyField, key);
    return row;
  });
}

/** The row with some of its fields as in `message`. */
export function updateRow(
  row: Uint8Array,
  { schema, key }: DbTable,
  { message, fields }: { readonly message: Message; readonly fields: readonly DescField[] },
): Uint8Array {
  const changed = withSiblings(fields).filter((field) => field !== key);
  return encode(schema, () => copyFields(schema, message, fromBinary(schema, row), changed));
}

/** The message of a row: all its fields, or the given ones. */
export function decodeRow(row: Uint8Array, schema: DescMessage, fields?: readonly DescField[]): Message {
  // Fields of bytes are views of what they are decoded from: without a copy the reader could change the stored row.
  const whole = fromBinary(schema, new Uint8Array(row));
  // Leaves out what this schema does not know.
  return copyFields(schema, whole, create(schema), fields ? withSiblings(fields) : schema.fields);
}

function copyFields(schema: DescMessage, from: Message, to: Message, fields: readonly DescField[]): Message {
  const source = reflect(schema, from, false);
  const target = reflect(schema, to);
  for (const field of fields) {
    if (isImplicit(field) || source.isSet(field)) target.set(field, source.get(field));
    else target.clear(field);
  }
  return to;
}

function withSiblings(fields: readonly DescField[]): readonly DescField[] {
  return fields.flatMap((field) => field.oneof?.fields ?? [field]);
}

function encode(schema: DescMessage, makeRow: () => Message): Uint8Array {
  try {
    const message = makeRow();
    const writer = new BinaryWriter().raw(toBinary(schema, message));
    for (const field of schema.fields) if (isNegativeZero(schema, message, field)) writeNegativeZero(writer, field);
    return writer.finish();
  } catch (cause) {
    const text = cause instanceof Error ? cause.message : String(cause);
    throw new M3Error(Code.INVALID_ARGUMENT, `a value does not fit its field: ${text}`, { cause });
  }
}

/** True for what the encoder takes for zero and leaves out. */
function isNegativeZero(schema: DescMessage, message: Message, field: DescField): boolean {
  const isFloat = field.scalar === ScalarType.DOUBLE || field.scalar === ScalarType.FLOAT;
  if (!isFloat || field.fieldKind !== "scalar" || !isImplicit(field)) return false;
  return Object.is(reflect(schema, message, false).get(field), -0);
}

function writeNegativeZero(writer: BinaryWriter, field: DescField): void {
  if (field.scalar === ScalarType.FLOAT) writer.tag(field.number, WireType.Bit32).float(-0);
  else writer.tag(field.number, WireType.Bit64).double(-0);
}

function isImplicit(field: DescField): boolean {
  return field.presence === FeatureSet_FieldPresence.IMPLICIT;
}
