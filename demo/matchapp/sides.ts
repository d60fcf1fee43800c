import type { MatchTicket } from "../gen/match_pb.js";
import { meanRating, sizeOf, type Waiting } from "./waiting.ts";

/** Two sides, each with the same number of places; some of them may be left. */
export type Sides = readonly [readonly Waiting[], readonly Waiting[]];

/** How many tickets are looked at to fill the sides of one. */
const mostCandidates = 64;

/**
 * The tickets to fight with `first`: those of `near`, nearest first, with which all places of two sides are taken and no party is
 * torn apart; where none are, those with which the most places are.
 */
export function gather(first: Waiting, near: Iterable<Waiting>, sideSize: number): readonly Waiting[] {
  // For each way to fill the sides up to some number of members, the first tickets that were found to do so.
  const found = new Map<string, Filled>([[`${first.size},0`, { left: first.size, right: 0, tickets: [first] }]]);
  let best: readonly Waiting[] = [first];
  let looked = 0;
  for (const candidate of near) {
    for (const { left, right, tickets } of [...found.values()]) {
      for (const next of [
        { left: left + candidate.size, right, tickets: [...tickets, candidate] },
        { left, right: right + candidate.size, tickets: [...tickets, candidate] },
      ]) {
        const key = `${next.left},${next.right}`;
        if (next.left > sideSize || next.right > sideSize || found.has(key)) continue;
        found.set(key, next);
        if (next.left + next.right > sizeOf(best)) best = next.tickets;
      }
    }
    if (sizeOf(best) === 2 * sideSize || ++looked === mostCandidates) break;
  }
  return best;
}

interface Filled {
  readonly left: number;
  readonly right: number;
  readonly tickets: readonly Waiting[];
}

/**
 * Of all ways to put the tickets on two sides, the one with the fairest numbers and then the smallest rating gap. The first
 * ticket is the first of the first side.
 */
export function split(tickets: readonly Waiting[], sideSize: number): Sides {
  let best: { readonly sides: Sides; readonly uneven: number; readonly gap: number } | undefined;
  // The first ticket stays on its side: the other half of the ways is the same with the sides swapped.
  for (let way = 0; way < 2 ** (tickets.length - 1); way++) {
    const isRight = (index: number) => index > 0 && (way & (1 << (index - 1))) !== 0;
    const sides: Sides = [tickets.filter((_, index) => !isRight(index)), tickets.filter((_, index) => isRight(index))];
    const sizes = sides.map(sizeOf);
    if (Math.max(...sizes) > sideSize) continue;
    const uneven = Math.abs((sizes[0] ?? 0) - (sizes[1] ?? 0));
    const gap = ratingGap(sides.map((side) => side.map(({ ticket }) => ticket)));
    if (best === undefined || uneven < best.uneven || (uneven === best.uneven && gap < best.gap)) {
      best = { sides, uneven, gap };
    }
  }
  if (best === undefined) throw new RangeError(`${sizeOf(tickets)} members don't fit on two sides of ${sideSize}`);
  return best.sides;
}

/** Between the sides' means; 0 where a side is empty. */
export function ratingGap(sides: readonly (readonly MatchTicket[])[]): number {
  const [left = [], right = []] = sides;
  return left.length === 0 || right.length === 0 ? 0 : Math.abs(meanRating(left) - meanRating(right));
}
