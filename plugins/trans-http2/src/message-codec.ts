import { type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { toBuffer, toBytes } from "./bytes.ts";

/** Encodes messages for grpc-js. */
export function encoder<D extends DescMessage>(schema: D): (message: MessageShape<D>) => Buffer {
  return (message) => toBuffer(toBinary(schema, message));
}

/** Decodes messages for grpc-js. */
export function decoder<D extends DescMessage>(schema: D): (bytes: Buffer) => MessageShape<D> {
  return (bytes) => fromBinary(schema, toBytes(bytes));
}
