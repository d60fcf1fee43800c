import { type DescMessage, fromBinary, type Message, ScalarType } from "@bufbuild/protobuf";

/**
 * Decodes messages of one type. Fields of bytes are views of what they were decoded from: where a type has some, the
 * payload is copied first, so that a kept message does not keep the whole read buffer of a connection.
 */
export function messageDecoder(message: DescMessage): (payload: Uint8Array) => Message {
  return holdsBytes(message, new Set())
    ? (payload) => fromBinary(message, new Uint8Array(payload))
    : (payload) => fromBinary(message, payload);
}

function holdsBytes(message: DescMessage, seen: Set<string>): boolean {
  if (seen.has(message.typeName)) return false;
  seen.add(message.typeName);
  return message.fields.some(
    (field) => field.scalar === ScalarType.BYTES || (field.message !== undefined && holdsBytes(field.message, seen)),
  );
}
