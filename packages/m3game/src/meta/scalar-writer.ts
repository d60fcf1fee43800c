import { ScalarType } from "@bufbuild/protobuf";
import { type BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

export interface ScalarWriter {
  readonly wireType: WireType;
  /** Throws for a value that does not fit. */
  write(writer: BinaryWriter, value: unknown): void;
}

/** Thrown for what has to be left to `toBinary`. It never gets out, so it needs no stack of its own. */
export const unfit: Error = new TypeError("this is left to toBinary");

/** How values of a scalar type are written, undefined for the types that are hardly ever used. */
export function scalarWriter(type: ScalarType | undefined): ScalarWriter | undefined {
  switch (type) {
    case ScalarType.STRING:
      return {
        wireType: WireType.LengthDelimited,
        write: (writer, value) => writer.string(typeof value === "string" ? value : fail()),
      };
    case ScalarType.BYTES:
      return {
        wireType: WireType.LengthDelimited,
        write: (writer, value) => writer.bytes(value instanceof Uint8Array ? value : fail()),
      };
    case ScalarType.BOOL:
      return {
        wireType: WireType.Varint,
        write: (writer, value) => writer.bool(typeof value === "boolean" ? value : fail()),
      };
    case ScalarType.DOUBLE:
      return { wireType: WireType.Bit64, write: (writer, value) => writer.double(asNumber(value)) };
    case ScalarType.FLOAT:
      return { wireType: WireType.Bit32, write: (writer, value) => writer.float(asNumber(value)) };
    case ScalarType.INT32:
      return { wireType: WireType.Varint, write: (writer, value) => writer.int32(asNumber(value)) };
    case ScalarType.UINT32:
      return { wireType: WireType.Varint, write: (writer, value) => writer.uint32(asNumber(value)) };
    case ScalarType.SINT32:
      return { wireType: WireType.Varint, write: (writer, value) => writer.sint32(asNumber(value)) };
    case ScalarType.INT64:
      return { wireType: WireType.Varint, write: (writer, value) => writer.int64(asBigInt(value)) };
    case ScalarType.UINT64:
      return { wireType: WireType.Varint, write: (writer, value) => writer.uint64(asBigInt(value)) };
    case ScalarType.SINT64:
      return { wireType: WireType.Varint, write: (writer, value) => writer.sint64(asBigInt(value)) };
    default:
      return undefined;
  }
}

function asNumber(value: unknown): number {
  return typeof value === "number" ? value : fail();
}

function asBigInt(value: unknown): bigint {
  return typeof value === "bigint" ? value : fail();
}

function fail(): never {
  throw unfit;
}
