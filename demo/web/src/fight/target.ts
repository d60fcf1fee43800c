import type { ShownFighter } from "./battle.ts";
import type { Place } from "./track.ts";

const near = 2.5;

// What is shown is a little old: an enemy that comes nearer is in range by the time the server hears of it. It refuses what is too far.
const ahead = 1.5;

/** Whom to attack: the chosen enemy as long as it stands and is seen, else the nearest one. 0n: nobody. */
export function pickTarget(self: ShownFighter, fighters: readonly ShownFighter[], chosen: bigint): bigint {
  const enemies = standing(self, fighters);
  if (enemies.some(({ id }) => id === chosen)) return chosen;
  return nearest(self, enemies)?.id ?? 0n;
}

/** The target when it is about in range, else 0n: what the server is told to attack. */
export function inReach(
  self: ShownFighter,
  fighters: readonly ShownFighter[],
  targetId: bigint,
  range: number,
): bigint {
  const target = fighters.find(({ id }) => id === targetId);
  return target !== undefined && distance(self, target) <= range + ahead ? targetId : 0n;
}

/** The enemy that the player points at; undefined when there is none near. */
export function enemyAt(place: Place, self: ShownFighter, fighters: readonly ShownFighter[]): bigint | undefined {
  const found = nearest(place, standing(self, fighters));
  return found !== undefined && distance(place, found) <= near ? found.id : undefined;
}

function standing(self: ShownFighter, fighters: readonly ShownFighter[]): readonly ShownFighter[] {
  return fighters.filter(({ side, hp }) => side !== self.side && hp > 0);
}

function nearest(place: Place, fighters: readonly ShownFighter[]): ShownFighter | undefined {
  return fighters.toSorted((one, other) => distance(place, one) - distance(place, other))[0];
}

function distance(one: Place, other: Place): number {
  return Math.hypot(one.x - other.x, one.y - other.y);
}
