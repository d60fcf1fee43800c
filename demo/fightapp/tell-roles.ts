import type { Client } from "m3game";
import type { FightDB } from "../gen/fight_pb.js";
import type { RoleFightSer } from "../gen/role_pb.js";
import { outcomeOf } from "./battle-result.ts";
import { isBot } from "./battle-rules.ts";

/**
 * Tells each role that has not confirmed it yet what a fight has brought it, and adds those that do to `confirmed`. Rejects
 * when one could not be told.
 */
export async function tellRoles(fight: FightDB, roles: Client<typeof RoleFightSer>): Promise<void> {
  const { fightId, sides, result, confirmed } = fight;
  if (result === undefined) return;
  const tell = async (roleId: bigint, outcome: ReturnType<typeof outcomeOf>) => {
    const score = result.scores.find((each) => each.roleId === roleId);
    await roles.roleFightResult({ roleId, fightId, outcome, ...(score && { score }) });
    confirmed.push(roleId);
  };
  const told = sides.flatMap(({ members }, side) =>
    members
      .filter(({ roleId }) => !isBot(roleId) && !confirmed.includes(roleId))
      .map(({ roleId }) => tell(roleId, outcomeOf(result.winner, side))),
  );
  const failed = (await Promise.allSettled(told)).find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}
