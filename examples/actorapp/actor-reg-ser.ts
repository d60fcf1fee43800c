import { actor } from "m3game";
import { ActorRegSer } from "../gen/actor_pb.js";
import { Player } from "./player.ts";

/** A second service of the same actors. */
export const actorRegSer = actor(ActorRegSer, Player, {
  async register(self, { name }) {
    await self.register(name);
    return {};
  },
  kick(self) {
    self.exit();
    return {};
  },
});
