import { type Resolve, type UpdateCell, World } from "m3game/world";
import { type BattleRules, within } from "./battle-rules.ts";

/** What a fighter has beside its place. */
const fighterFields = {
  hp: "int32",
  damage: "int32",
  moveX: "float64",
  moveY: "float64",
  /** The slot that it attacks and 1 more; 0: nobody. */
  target: "int32",
  /** Until it may hit again. */
  cooldownMs: "int32",
  /** Until it is back, while its hp are 0. */
  respawnMs: "int32",
} as const;

export type FighterFields = typeof fighterFields;

/** An attack of this tick, in slots. */
export interface Attack {
  readonly source: number;
  readonly target: number;
}

/** The map with its fighters. `settle` decides in one order what the attacks of a tick do. */
export function createBattleWorld(
  rules: BattleRules,
  capacity: number,
  settle: Resolve<FighterFields, Attack>,
): World<FighterFields, Attack> {
  return new World({
    ...{ width: rules.width, height: rules.height, cellSize: rules.sight / 2, capacity },
    fields: fighterFields,
    update: moveAndAttack(rules),
    resolve: settle,
  });
}

/** Each fighter walks, and attacks whom it could reach before the tick: so it does not matter who comes first. */
function moveAndAttack({ width, height, speed, range, cooldownMs }: BattleRules): UpdateCell<FighterFields, Attack> {
  return ({ slots, now, next, deltaMs, emit }) => {
    const step = (speed * deltaMs) / 1000;
    for (const slot of slots) {
      const cooldown = Math.max(0, (now.cooldownMs[slot] ?? 0) - deltaMs);
      next.cooldownMs[slot] = cooldown;
      if ((now.hp[slot] ?? 0) <= 0) {
        next.respawnMs[slot] = (now.respawnMs[slot] ?? 0) - deltaMs;
        continue;
      }
      const x = now.x[slot] ?? 0;
      const y = now.y[slot] ?? 0;
      next.x[slot] = within(x + (now.moveX[slot] ?? 0) * step, width);
      next.y[slot] = within(y + (now.moveY[slot] ?? 0) * step, height);
      const target = (now.target[slot] ?? 0) - 1;
      if (target < 0 || cooldown > 0 || (now.hp[target] ?? 0) <= 0) continue;
      if (Math.hypot((now.x[target] ?? 0) - x, (now.y[target] ?? 0) - y) > range) continue;
      next.cooldownMs[slot] = cooldownMs;
      emit({ source: slot, target });
    }
  };
}
