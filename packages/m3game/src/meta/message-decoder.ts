import { type DescField, type DescMessage, fromBinary, type Message, ScalarType } from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";
import { blankMaker, type Fields } from "./blank-message.ts";
import { scalarReader } from "./scalar-reader.ts";
import { unread, WireReader } from "./wire-reader.ts";

type MessageReader = (reader: WireReader, end: number) => Fields;
type FieldReader = (reader: WireReader, message: Fields) => void;

/**
 * Decodes messages of one type, as `fromBinary` does, which makes a reader and a view for each message: most of its time
 * where messages are small. Fields of bytes are copies of their own, so that a kept message does not keep the whole read
 * buffer of a connection.
 */
export function messageDecoder(desc: DescMessage): (payload: Uint8Array) => Message {
  const decode = holdsBytes(desc, new Set())
    ? (payload: Uint8Array) => fromBinary(desc, new Uint8Array(payload))
    : (payload: Uint8Array) => fromBinary(desc, payload);
  const read = compileMessage(desc, []);
  if (read === undefined) return decode;
  const reader = new WireReader();
  return (payload) => {
    try {
      return read(reader, reader.open(payload));
    } catch {
      // An encoding out of the ordinary, or a wrong one: fromBinary decodes it, or says what is wrong.
      return decode(payload);
    } finally {
      reader.close();
    }
  };
}

/** Undefined for a type that has something which only `fromBinary` knows how to read. */
function compileMessage(desc: DescMessage, parents: readonly DescMessage[]): MessageReader | undefined {
  const blank = parents.includes(desc) ? undefined : blankMaker(desc);
  if (blank === undefined) return undefined;
  const readers = new Map<number, FieldReader>();
  for (const field of desc.fields) {
    if (!compileField(field, [...parents, desc], readers)) return undefined;
  }
  return (reader, end) => {
    const message = blank();
    while (reader.position < end) {
      const read = readers.get(reader.tag());
      // Unknown, or not of the type that it should have.
      if (read === undefined) throw unread;
      read(reader, message);
    }
    if (reader.position > end) throw unread;
    return message;
  };
}

/** Adds the readers of a field by its tags. False for one that is left to `fromBinary`. */
function compileField(field: DescField, parents: readonly DescMessage[], readers: Map<number, FieldReader>): boolean {
  const { localName, number } = field;
  const add = (wireType: WireType, read: FieldReader) => readers.set(((number << 3) | wireType) >>> 0, read);
  if (field.message !== undefined) {
    if ("delimitedEncoding" in field && field.delimitedEncoding) return false;
    const read = compileMessage(field.message, parents);
    if (read === undefined) return false;
    add(WireType.LengthDelimited, (reader, message) => {
      const value = read(reader, reader.end());
      if (field.fieldKind === "list") pushTo(message[localName], value);
      // Two encodings of one message are merged.
      else if (message[localName] !== undefined) throw unread;
      else message[localName] = value;
    });
    return true;
  }
  const isOpen = field.enum === undefined || field.enum.open;
  const scalar = scalarReader(field.enum === undefined ? field.scalar : ScalarType.INT32);
  if (scalar === undefined || !isOpen || ("longAsString" in field && field.longAsString)) return false;
  const { wireType, read } = scalar;
  if (field.fieldKind !== "list") {
    add(wireType, (reader, message) => {
      message[localName] = read(reader);
    });
    return true;
  }
  add(wireType, (reader, message) => pushTo(message[localName], read(reader)));
  if (wireType === WireType.LengthDelimited) return true;
  add(WireType.LengthDelimited, (reader, message) => {
    const end = reader.end();
    while (reader.position < end) pushTo(message[localName], read(reader));
    if (reader.position > end) throw unread;
  });
  return true;
}

function pushTo(list: unknown, value: unknown): void {
  if (!Array.isArray(list)) throw unread;
  list.push(value);
}

function holdsBytes(message: DescMessage, seen: Set<string>): boolean {
  if (seen.has(message.typeName)) return false;
  seen.add(message.typeName);
  return message.fields.some(
    (field) => field.scalar === ScalarType.BYTES || (field.message !== undefined && holdsBytes(field.message, seen)),
  );
}
