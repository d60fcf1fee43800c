import { toJsonString } from "@bufbuild/protobuf";
import type { Entity } from "../entity/entity.ts";
import type { PlayerSession } from "../gate/player-session.ts";
import type { Clock } from "../meta/clock.ts";
import type { Ownership } from "../ownership/ownership.ts";
import type { Fence } from "../plugin/fence.ts";
import type { Activation } from "../server/actor/activation.ts";

// What operators are told, as the messages of m3/admin.proto have it.

export function describeActor(activation: Activation, clock: Clock) {
  const { state, waitingCalls, turnName, turnStartedAt } = activation;
  const fence = activation.scope()?.fence;
  return {
    ...{ state, waitingCalls, turn: turnName, fence: fence === undefined ? "" : fenceText(fence) },
    turnMs: turnStartedAt === undefined ? 0n : wholeMs(clock.now() - turnStartedAt),
    entities: activation.ownEntities.filter(({ isLoaded }) => isLoaded).map(describeEntity),
  };
}

function describeEntity({ row, version, isDirty, data }: Entity) {
  const { table, schema } = row.definition;
  return { table: table.name, version, unsaved: isDirty, json: toJsonString(schema, data) };
}

export function describeLease(ownership: Ownership, clock: Clock) {
  const { state, deadline, claims } = ownership;
  let count = 0;
  for (const _claim of claims) count++;
  return { state, leftMs: state === "lost" ? 0n : wholeMs(deadline - clock.now()), claims: count };
}

export function describePlayer(session: PlayerSession, clock: Clock) {
  const { id: playerId, state, remote, detachedAt, pushes, groups, legacy } = session;
  return {
    ...{ playerId, state, remote, legacy, groups: [...groups], keptBytes: BigInt(pushes.bytes) },
    detachedMs: Number.isFinite(detachedAt) ? wholeMs(clock.now() - detachedAt) : 0n,
  };
}

export function fenceText({ epoch, counter }: Fence): string {
  return `${epoch}.${counter}`;
}

function wholeMs(ms: number): bigint {
  return BigInt(Math.max(0, Math.round(ms)));
}
