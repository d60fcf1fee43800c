import type { MatchMember } from "../gen/match_pb.js";

/** What a battle is played by. Lengths in units of the map, times in milliseconds. */
export interface BattleRules {
  readonly width: number;
  readonly height: number;
  /** How far a fighter sees. */
  readonly sight: number;
  /** Units a second. */
  readonly speed: number;
  /** How far a fighter hits. */
  readonly range: number;
  readonly cooldownMs: number;
  readonly maxHp: number;
  /** Of a hit by a fighter without power. */
  readonly damage: number;
  /** Of a hit by a bot: it never tires, so it hits less hard. */
  readonly botDamage: number;
  readonly respawnMs: number;
  /** A battle is over after this time, */
  readonly durationMs: number;
  /** or when a side has killed so many. */
  readonly killsToWin: number;
}

export const standardRules: BattleRules = {
  width: 64,
  height: 40,
  sight: 24,
  speed: 8,
  range: 6,
  cooldownMs: 500,
  maxHp: 100,
  damage: 10,
  botDamage: 7,
  respawnMs: 3000,
  durationMs: 60_000,
  killsToWin: 5,
};

const powerPerDamage = 1000;
const mostByPower = 10;

/** What one hit of a fighter costs. Power helps, and does not decide. */
export function damageOf({ damage, botDamage }: BattleRules, { roleId, power }: Pick<MatchMember, "roleId" | "power">) {
  if (isBot(roleId)) return botDamage;
  return damage + Math.min(mostByPower, Math.floor(Math.max(0, power) / powerPerDamage));
}

/** Bots have role ids below 0. */
export function isBot(roleId: bigint): boolean {
  return roleId < 0n;
}

/** Where a fighter begins, and begins again: sides lie around the middle, the members of one beside each other. */
export function spawnPlace(
  { width, height }: BattleRules,
  side: { readonly index: number; readonly count: number },
  member: { readonly index: number; readonly count: number },
): { readonly x: number; readonly y: number } {
  const angle = (side.index / side.count) * 2 * Math.PI;
  const beside = (member.index - (member.count - 1) / 2) * 2;
  const x = width / 2 - Math.cos(angle) * width * 0.4 + Math.sin(angle) * beside;
  const y = height / 2 - Math.sin(angle) * height * 0.4 + Math.cos(angle) * beside;
  return { x: within(x, width), y: within(y, height) };
}

/** A place on the map, which ends before its edge. */
export function within(value: number, edge: number): number {
  return Math.min(Math.max(value, 0), edge - 0.01);
}
