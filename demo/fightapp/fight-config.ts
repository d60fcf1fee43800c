import { z } from "zod";
import { type BattleRules, standardRules } from "./battle-rules.ts";

const standard = standardRules;

/** The `[App]` table. */
export const fightConfig = z.object({
  /** A fight is over after so many seconds, */
  DurationSeconds: z
    .number()
    .positive()
    .default(standard.durationMs / 1000),
  /** or when a side has killed so many. */
  KillsToWin: z.int().min(1).default(standard.killsToWin),
  /** Of the map. */
  Width: z.int().min(1).max(1000).default(standard.width),
  Height: z.int().min(1).max(1000).default(standard.height),
  /** What a fighter can take. */
  MaxHp: z.int().min(1).default(standard.maxHp),
});

/** The rules that an app's config makes. */
export function rulesOf(config: unknown): BattleRules {
  const { DurationSeconds, KillsToWin, Width, Height, MaxHp } = fightConfig.parse(config);
  const time = { durationMs: DurationSeconds * 1000, killsToWin: KillsToWin };
  return { ...standard, ...time, width: Width, height: Height, maxHp: MaxHp };
}
