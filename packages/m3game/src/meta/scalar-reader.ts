import { ScalarType } from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";
import type { WireReader } from "./wire-reader.ts";

export interface ScalarReader {
  readonly wireType: WireType;
  read(reader: WireReader): unknown;
}

/** How values of a scalar type are read, undefined for the types that are hardly ever used. */
export function scalarReader(type: ScalarType | undefined): ScalarReader | undefined {
  switch (type) {
    case ScalarType.STRING:
      return { wireType: WireType.LengthDelimited, read: (reader) => reader.string() };
    case ScalarType.BYTES:
      return { wireType: WireType.LengthDelimited, read: (reader) => reader.bytes() };
    case ScalarType.BOOL:
      return { wireType: WireType.Varint, read: (reader) => reader.bool() };
    case ScalarType.DOUBLE:
      return { wireType: WireType.Bit64, read: (reader) => reader.double() };
    case ScalarType.FLOAT:
      return { wireType: WireType.Bit32, read: (reader) => reader.float() };
    case ScalarType.INT32:
      return { wireType: WireType.Varint, read: (reader) => reader.int32() };
    case ScalarType.UINT32:
      return { wireType: WireType.Varint, read: (reader) => reader.uint32() };
    case ScalarType.SINT32:
      return { wireType: WireType.Varint, read: (reader) => reader.sint32() };
    case ScalarType.INT64:
      return { wireType: WireType.Varint, read: (reader) => reader.int64() };
    case ScalarType.UINT64:
      return { wireType: WireType.Varint, read: (reader) => reader.uint64() };
    case ScalarType.SINT64:
      return { wireType: WireType.Varint, read: (reader) => reader.sint64() };
    default:
      return undefined;
  }
}
