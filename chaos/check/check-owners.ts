import type { ClaimChange } from "../run/claim-watch.ts";
import type { CommittedWrite } from "../run/write-log.ts";
import type { Service } from "./acknowledged.ts";

/** How long an owner may answer whose claim ended before its time, in milliseconds: nobody can know that. */
export type Grace = (service: Service) => number;

/** No two activations of an actor answer at the same time. `services` in the order in which they began. */
export function checkOverlaps(services: readonly Service[], grace: Grace): readonly string[] {
  const problems: string[] = [];
  for (const [actor, own] of Map.groupBy(services, (service) => service.actor)) {
    let last: Service | undefined;
    for (const next of own) {
      if (last !== undefined && next.from < last.to - grace(last)) {
        const text = `${actor}: ${next.owner} answered ${(last.to - next.from).toFixed(1)} ms before ${last.owner} had stopped to`;
        problems.push(text);
      }
      if (last === undefined || next.to > last.to) last = next;
    }
  }
  return problems;
}

/** No activation answers after etcd has given its claim to nobody or somebody else. */
export function checkLateAnswers(
  services: readonly Service[],
  grace: Grace,
  writes: readonly CommittedWrite[],
  changes: readonly ClaimChange[],
): readonly string[] {
  const counters = new Map(writes.map(({ owner, counter }) => [owner, counter]));
  const ends = endsOfClaims(changes);
  return services.flatMap(({ actor, owner, from, to }) => {
    const end = ends.get(`${actor} ${counters.get(owner)}`);
    if (end === undefined || to <= end.change.heardAt + grace({ actor, owner, from, to })) return [];
    return [`${actor}: ${owner} answered ${(to - end.change.heardAt).toFixed(1)} ms after its claim had ended`];
  });
}

/**
 * The grace of a run in which an operator revoked sessions: `noticeMs` for those owners, and for owners that never wrote,
 * whose claims are not known.
 */
export function graceAfter(
  revocations: readonly Revocation[],
  noticeMs: number,
  writes: readonly CommittedWrite[],
  changes: readonly ClaimChange[],
): Grace {
  if (revocations.length === 0) return () => 0;
  const counters = new Map(writes.map(({ owner, counter }) => [owner, counter]));
  const ends = endsOfClaims(changes);
  return ({ actor, owner }) => {
    const counter = counters.get(owner);
    if (counter === undefined) return noticeMs;
    const end = ends.get(`${actor} ${counter}`);
    if (end === undefined || end.isOrderly) return 0;
    const { heardAt } = end.change;
    const isRevoked = revocations.some(
      ({ app, at }) => end.holder.startsWith(`${app} `) && at <= heardAt && heardAt <= at + noticeMs,
    );
    return isRevoked ? noticeMs : 0;
  };
}

/** A session that an operator ended at this time. */
export interface Revocation {
  readonly app: string;
  readonly at: number;
}

export interface ClaimEnd {
  /** Who had the claim. */
  readonly holder: string;
  readonly change: ClaimChange;
  /** Its session went on, so that its app gave it up or away in order. */
  readonly isOrderly: boolean;
}

/** How claims ended, by `<actor> <counter>`. */
export function endsOfClaims(changes: readonly ClaimChange[]): ReadonlyMap<string, ClaimEnd> {
  const ended = new Set(changes.filter(({ key }) => key.startsWith("/m3/app/")).map(({ revision }) => revision));
  const ends = new Map<string, ClaimEnd>();
  for (const [key, own] of Map.groupBy(changes, (change) => change.key)) {
    const actor = key.slice(key.lastIndexOf("/") + 1);
    const ordered = own.toSorted((a, b) => a.revision - b.revision);
    for (const [index, change] of ordered.entries()) {
      const next = ordered[index + 1];
      if (change.holder === undefined || next === undefined) continue;
      ends.set(`${actor} ${change.revision}`, {
        holder: change.holder,
        change: next,
        isOrderly: !ended.has(next.revision),
      });
    }
  }
  return ends;
}
