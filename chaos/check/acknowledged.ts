import type { CallRecord, FinalState, Turn } from "../cluster/messages.ts";

/** A turn of an actor whose answer has arrived. */
export interface Acknowledged extends Turn {
  readonly actor: string;
}

/** What one activation of an actor has answered. */
export interface Service {
  readonly actor: string;
  readonly owner: string;
  /** When its first turn that was answered began. */
  readonly from: number;
  /** When its last one ended. */
  readonly to: number;
}

export function acknowledgedTurns(
  calls: readonly CallRecord[],
  states: readonly FinalState[],
): readonly Acknowledged[] {
  const answered = calls.flatMap(({ actor, answer }) => (answer === undefined ? [] : [{ actor, ...answer.turn }]));
  return [...answered, ...states.map(({ actor, turn }) => ({ actor, ...turn }))];
}

/** By activation, in the order in which they began. */
export function servicesOf(turns: readonly Acknowledged[]): readonly Service[] {
  const services = [...Map.groupBy(turns, ({ actor, owner }) => `${actor} ${owner}`).values()].flatMap((own) => {
    const [first] = own;
    if (first === undefined) return [];
    const from = Math.min(...own.map(({ began }) => began));
    const to = Math.max(...own.map(({ ended }) => ended));
    return [{ actor: first.actor, owner: first.owner, from, to }];
  });
  return services.toSorted((a, b) => a.from - b.from);
}
