import type { RoleDB, RoleFightResult_Req } from "../gen/role_pb.js";
import { FightOutcome } from "../gen/role_pb.js";

/** Of a role that has not fought yet. */
export const startRating = 1000;
const strongest = 2 ** 31 - 1;
/**
 * So many fights are known again. A fight tells its result until it is confirmed, and no role gets through so many others
 * meanwhile.
 */
const remembered = 32;

/** Changes a role by what a fight has brought it, once: told again nothing changes. */
export function applyFightResult(role: RoleDB, { fightId, outcome, score }: RoleFightResult_Req): void {
  if (role.fightIds.includes(fightId)) return;
  role.fightIds = [...role.fightIds, fightId].slice(-remembered);
  role.rating = Math.max(0, role.rating + (score?.ratingChange ?? 0));
  role.power = Math.min(role.power + (score?.powerChange ?? 0), strongest);
  if (outcome === FightOutcome.WON) role.wins++;
  if (outcome === FightOutcome.LOST) role.losses++;
}
