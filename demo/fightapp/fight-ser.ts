import { actor, type Context } from "m3game";
import { FightSer } from "../gen/fight_pb.js";
import { Fight } from "./fight.ts";
import { checkSides } from "./sides.ts";

/** Who calls, as the gate knows it from the login. No field of a request says so: clients write those. */
function roleOf({ player }: Context): bigint {
  return BigInt(player);
}

export const fightSer = actor(FightSer, Fight, {
  async fightStart(self, { sides }) {
    checkSides(sides);
    await self.begin(sides);
    return {};
  },
  fightEnter: (self, _req, ctx) => self.enter(roleOf(ctx), ctx.sourceApp),
  fightInput(self, { sequence, moveX, moveY, targetId }, ctx) {
    self.input(roleOf(ctx), { sequence, moveX, moveY, targetId });
    return {};
  },
});
