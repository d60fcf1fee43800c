import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type NatsControl, NatsControlSchema } from "m3game/gen/m3/nats_control_pb.js";

export function encodeHello(srcApp: string): Uint8Array {
  return toBinary(NatsControlSchema, create(NatsControlSchema, { srcApp, kind: { case: "hello", value: true } }));
}

export function encodeCancel(srcApp: string, serial: number): Uint8Array {
  const kind = { case: "cancel" as const, value: BigInt(serial) };
  return toBinary(NatsControlSchema, create(NatsControlSchema, { srcApp, kind }));
}

/** The control message in these bytes, undefined when they hold none. */
export function decodeControl(bytes: Uint8Array): NatsControl | undefined {
  try {
    return fromBinary(NatsControlSchema, bytes);
  } catch {
    return undefined;
  }
}
