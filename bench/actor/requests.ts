import { create, toBinary } from "@bufbuild/protobuf";
import { LvUp_ReqSchema } from "@m3game/examples/gen/actor_pb.js";

export const lvUpMethod = "/proto.ActorSer/LvUp";

/** Ids as games have them. */
export function playerId(index: number): string {
  return `player-${String(index).padStart(8, "0")}`;
}

/** The encoded request that raises one actor's level. */
export function lvUpRequest(index: number): Uint8Array {
  return toBinary(LvUp_ReqSchema, create(LvUp_ReqSchema, { actorId: playerId(index) }));
}

/** Requests to all actors, in an order that jumps among them. */
export function lvUpRequests(actors: number): readonly Uint8Array[] {
  // A step without a common divisor visits each actor once.
  const step = actors === 1 ? 1 : 7919;
  return Array.from({ length: actors }, (_, index) => lvUpRequest((index * step) % actors));
}
