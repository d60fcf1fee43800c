import type { CallRecord } from "../cluster/messages.ts";
import type { ClaimChange } from "../run/claim-watch.ts";
import type { Span } from "../run/member.ts";
import type { CommittedWrite } from "../run/write-log.ts";
import type { Service } from "./acknowledged.ts";
import { endsOfClaims } from "./check-owners.ts";

export interface LaterHistory {
  readonly calls: readonly CallRecord[];
  readonly services: readonly Service[];
  readonly writes: readonly CommittedWrite[];
  readonly changes: readonly ClaimChange[];
  readonly pauses: readonly Span[];
  /** How long a save may take to be confirmed, from the change on, in milliseconds. */
  readonly windowMs: number;
}

/**
 * Of what is saved behind an actor's back only the changes of the last moments before its owner was lost may be lost,
 * and none at all when the owner left in order. Time in which an app was paused does not count.
 */
export function checkLater({ calls, services, writes, changes, pauses, windowMs }: LaterHistory): readonly string[] {
  const own = Map.groupBy(writes, ({ actor, owner }) => `${actor} ${owner}`);
  const ends = endsOfClaims(changes);
  const lastAnswer = new Map(services.map(({ actor, owner, to }) => [`${actor} ${owner}`, to]));
  return calls.flatMap(({ kind, actor, answer }) => {
    if (kind !== "add-later" || answer === undefined) return [];
    const id = `${actor} ${answer.turn.owner}`;
    const written = own.get(id) ?? [];
    if (written.some(({ later }) => later >= answer.value)) return [];
    const to = lastAnswer.get(id) ?? answer.turn.ended;
    const pausedMs = pauses.reduce((sum, pause) => sum + overlapMs(pause, { from: answer.turn.ended, to }), 0);
    const ageMs = to - answer.turn.ended - pausedMs;
    if (ageMs > windowMs) {
      return [`${actor}: ${answer.turn.owner} answered for ${ageMs.toFixed(0)} ms without saving ${answer.value}`];
    }
    const counter = written.at(-1)?.counter;
    if (!ends.get(`${actor} ${counter}`)?.isOrderly) return [];
    return [`${actor}: ${answer.turn.owner} left in order and lost ${answer.value}`];
  });
}

function overlapMs(a: Span, b: Span): number {
  return Math.max(0, Math.min(a.to, b.to) - Math.max(a.from, b.from));
}
