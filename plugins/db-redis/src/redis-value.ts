import type { DescField } from "@bufbuild/protobuf";
import { checkValue, type FieldKind, type FieldValue, type ValueCodec } from "m3game/internal";
import type { RedisArgument } from "./redis-link.ts";

/** Numbers are text, each digit of them; strings and bytes are what they are. */
export const redisValues: ValueCodec<RedisArgument> = {
  encode: (field, kind, value) => {
    const checked = checkValue(field, kind, value);
    if (typeof checked === "boolean") return checked ? "1" : "0";
    if (typeof checked === "object") return Buffer.from(checked);
    return Object.is(checked, -0) ? "-0" : String(checked);
  },
  decode: (field, kind, value) => {
    if (kind !== "bytes") return checkValue(field, kind, fromText(field, kind, String(value)));
    // A part of what the client received, which is to be let go.
    return new Uint8Array(typeof value === "string" ? Buffer.from(value) : value);
  },
};

function fromText(field: DescField, kind: Exclude<FieldKind, "bytes">, text: string): FieldValue {
  switch (kind) {
    case "bool":
      if (text === "1" || text === "0") return text === "1";
      break;
    case "string":
      return text;
    case "int64":
    case "uint64":
      if (/^-?\d+$/.test(text)) return BigInt(text);
      break;
    default:
      if (text === "NaN" || (text.trim() !== "" && !Number.isNaN(Number(text)))) return Number(text);
  }
  throw new Error(`${JSON.stringify(text)} is no value of ${field}`);
}
