import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { FightSide, FightState } from "../gen/fight_pb.js";
import { FightStateSchema } from "../gen/fight_pb.js";
import { Battle } from "./battle.ts";
import type { BattleRules } from "./battle-rules.ts";

/** Everything of a battle that its sides and rules do not say. */
export function saveBattle(battle: Battle): FightState {
  const { moveX, moveY, target, cooldownMs, respawnMs } = battle.world.now;
  const fighters = battle.fighters.map(({ slot, shown, sequence }) => ({
    ...{ fighter: shown, sequence, moveX: moveX[slot] ?? 0, moveY: moveY[slot] ?? 0 },
    ...{ cooldownMs: cooldownMs[slot] ?? 0, respawnMs: respawnMs[slot] ?? 0 },
    targetId: battle.at((target[slot] ?? 0) - 1)?.roleId ?? 0n,
  }));
  const state: MessageInitShape<typeof FightStateSchema> = {
    ...{ tick: battle.tickCount, remainingMs: Math.round(battle.remainingMs), fighters },
  };
  return create(FightStateSchema, state);
}

/** The battle that was saved, at the same point. */
export function restoreBattle(sides: readonly FightSide[], rules: BattleRules, state: FightState): Battle {
  const battle = new Battle(sides, rules);
  battle.tickCount = state.tick;
  battle.remainingMs = state.remainingMs;
  for (const { fighter, sequence, targetId, moveX, moveY, cooldownMs, respawnMs } of state.fighters) {
    const found = fighter && battle.fighter(fighter.roleId);
    if (fighter === undefined || found === undefined) continue;
    const { x, y, hp, kills, deaths } = fighter;
    const target = (battle.fighter(targetId)?.slot ?? -1) + 1;
    battle.world.set(found.slot, { x, y, hp, moveX, moveY, target, cooldownMs, respawnMs });
    Object.assign(found, { sequence, kills, deaths });
    battle.sideKills[found.side] = (battle.sideKills[found.side] ?? 0) + kills;
  }
  battle.show();
  return battle;
}
