import { type DescField, type DescMessage, type Message, ScalarType, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

import { scalarWriter, unfit } from "./scalar-writer.ts";

type Fields = Readonly<Record<string, unknown>>;
type FieldWriter = (writer: BinaryWriter, fields: Fields) => void;
type ValueWriter = (writer: BinaryWriter, value: unknown) => void;

/** A writer that has become larger is not kept: one large message would hold its memory for good. */
const maxKeptBytes = 65_536;

/**
 * Encodes messages of one type, byte for byte as `toBinary` does, and throws as it does. `toBinary` gets a new buffer for
 * each message, which takes most of its time where messages are small; this one writes them all into the same.
 */
export function messageEncoder(desc: DescMessage): (message: Message) => Uint8Array {
  const write = compileMessage(desc, []);
  if (write === undefined) return (message) => toBinary(desc, message);
  let writer = new BinaryWriter();
  return (message) => {
    try {
      write(writer, message);
      const encoding = writer.finish();
      if (encoding.length > maxKeptBytes) writer = new BinaryWriter();
      return encoding;
    } catch {
      // A message out of the ordinary, or a wrong one: toBinary encodes it, or says what is wrong.
      writer = new BinaryWriter();
      return toBinary(desc, message);
    }
  };
}

/** Undefined for a type that has something which only `toBinary` knows how to write. */
function compileMessage(desc: DescMessage, parents: readonly DescMessage[]): ValueWriter | undefined {
  // Those of google.protobuf have forms of their own in TypeScript.
  if (parents.includes(desc) || desc.typeName.startsWith("google.protobuf.")) return undefined;
  const writers: FieldWriter[] = [];
  for (const field of desc.fields.toSorted((a, b) => a.number - b.number)) {
    const write = compileField(field, [...parents, desc]);
    if (write === undefined) return undefined;
    writers.push(write);
  }
  return (writer, message) => {
    if (!isPlain(message, desc)) throw unfit;
    for (const write of writers) write(writer, message);
  };
}

function isPlain(message: unknown, { typeName }: DescMessage): message is Fields {
  if (typeof message !== "object" || message === null) return false;
  const { $typeName, $unknown }: Partial<Message> = message;
  return $typeName === typeName && $unknown === undefined;
}

function compileField(field: DescField, parents: readonly DescMessage[]): FieldWriter | undefined {
  switch (field.fieldKind) {
    case "map":
      return undefined;
    case "list":
      return compileList(field, parents);
    default: {
      const write = compileValue(field, parents);
      return write && compileSingular(field, write);
    }
  }
}

function compileSingular(field: DescField, write: ValueWriter): FieldWriter | undefined {
  const { localName, oneof } = field;
  if (oneof !== undefined) {
    return (writer, fields) => {
      const chosen = fields[oneof.localName];
      if (typeof chosen !== "object" || chosen === null) throw unfit;
      const { case: name, value }: { readonly case?: unknown; readonly value?: unknown } = chosen;
      if (name === localName) write(writer, value);
    };
  }
  switch (field.presence) {
    case presence.implicit: {
      const isZero = zeroCheck(field);
      return (writer, fields) => {
        const value = fields[localName];
        if (!isZero(value)) write(writer, value);
      };
    }
    case presence.explicit:
      return (writer, fields) => {
        const value = fields[localName];
        if (value !== undefined && Object.hasOwn(fields, localName)) write(writer, value);
      };
    default:
      return undefined;
  }
}

/** As the descriptors number it. */
const presence = { explicit: 1, implicit: 2 } as const;

function zeroCheck(field: DescField): (value: unknown) => boolean {
  if (field.fieldKind === "enum") {
    const zero = field.enum.values[0]?.number;
    return (value) => value === zero;
  }
  switch (field.scalar) {
    case ScalarType.BOOL:
      return (value) => value === false;
    case ScalarType.STRING:
      return (value) => value === "";
    case ScalarType.BYTES:
      return (value) => value instanceof Uint8Array && value.byteLength === 0;
    case ScalarType.DOUBLE:
    case ScalarType.FLOAT:
      // -0 is written.
      return (value) => Object.is(value, 0);
    default:
      return (value) => value === 0 || value === 0n;
  }
}

function compileList(
  field: DescField & { fieldKind: "list" },
  parents: readonly DescMessage[],
): FieldWriter | undefined {
  const { localName, number } = field;
  if (field.listKind === "message") {
    const write = compileValue(field, parents);
    return (
      write &&
      ((writer, fields) => {
        for (const item of itemsOf(fields[localName])) write(writer, item);
      })
    );
  }
  const scalar = scalarWriter(field.listKind === "enum" ? ScalarType.INT32 : field.scalar);
  if (scalar === undefined) return undefined;
  if (!field.packed) {
    return (writer, fields) => {
      for (const item of itemsOf(fields[localName])) scalar.write(writer.tag(number, scalar.wireType), item);
    };
  }
  return (writer, fields) => {
    const items = itemsOf(fields[localName]);
    if (items.length === 0) return;
    writer.tag(number, WireType.LengthDelimited).fork();
    for (const item of items) scalar.write(writer, item);
    writer.join();
  };
}

function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw unfit;
}

/** Writes a value with its tag. */
function compileValue(field: DescField, parents: readonly DescMessage[]): ValueWriter | undefined {
  const { number, message } = field;
  if (message !== undefined) {
    const write =
      "delimitedEncoding" in field && field.delimitedEncoding ? undefined : compileMessage(message, parents);
    return (
      write &&
      ((writer, value) => {
        writer.tag(number, WireType.LengthDelimited).fork();
        write(writer, value);
        writer.join();
      })
    );
  }
  const scalar = scalarWriter(field.fieldKind === "enum" ? ScalarType.INT32 : field.scalar);
  return scalar && ((writer, value) => scalar.write(writer.tag(number, scalar.wireType), value));
}
