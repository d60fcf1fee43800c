import { randomBytes } from "node:crypto";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type NatsPresence, NatsPresence_State, NatsPresenceSchema } from "m3game/gen/m3/nats_control_pb.js";

export { NatsPresence_State as PresenceState } from "m3game/gen/m3/nats_control_pb.js";

/** How one app can be reached. */
export type Presence = Pick<NatsPresence, "incarnation" | "connection" | "state">;

/** Names one start of an app; of two, the later one sorts after the other as far as their clocks agree. */
export function newIncarnation(): string {
  return `${Date.now().toString(36).padStart(9, "0")}-${randomBytes(8).toString("hex")}`;
}

export function encodePresence(presence: Presence): Uint8Array {
  return toBinary(NatsPresenceSchema, create(NatsPresenceSchema, presence));
}

/** The presence in a message, undefined when it holds none. */
export function decodePresence(bytes: Uint8Array): Presence | undefined {
  try {
    const presence = fromBinary(NatsPresenceSchema, bytes);
    return presence.state === NatsPresence_State.UNSPECIFIED ? undefined : presence;
  } catch {
    return undefined;
  }
}
