import { create } from "@bufbuild/protobuf";
import { type FightResult, FightResultSchema, type FightSide } from "../gen/fight_pb.js";
import { FightOutcome } from "../gen/role_pb.js";
import type { Battle } from "./battle.ts";
import { mean, ratingChanges } from "./elo.ts";

const powerOf = {
  [FightOutcome.WON]: 30,
  [FightOutcome.DRAW]: 20,
  [FightOutcome.LOST]: 10,
  [FightOutcome.UNSPECIFIED]: 0,
} as const;

/** How a side came out of a fight. */
export function outcomeOf(winner: number, side: number): FightOutcome {
  if (winner < 0) return FightOutcome.DRAW;
  return winner === side ? FightOutcome.WON : FightOutcome.LOST;
}

/** Who has won a battle, and what it brings each fighter. */
export function resultOf(battle: Battle, sides: readonly FightSide[]): FightResult {
  const most = Math.max(...battle.sideKills);
  const first = battle.sideKills.indexOf(most);
  const winner = first === battle.sideKills.lastIndexOf(most) ? first : -1;
  const ratings = sides.map(({ members }) => mean(members.map(({ rating }) => rating)));
  const changes = ratingChanges(ratings, winner);
  const scores = battle.fighters.map(({ roleId, side, kills, deaths }) => ({
    ...{ roleId, kills, deaths, ratingChange: changes[side] ?? 0 },
    powerChange: powerOf[outcomeOf(winner, side)],
  }));
  return create(FightResultSchema, { winner, scores });
}
