import { actor, Code, M3Error } from "m3game";
import { asyncClient } from "../asyncapp/client.ts";
import { ActorSer } from "../gen/actor_pb.js";
import { Player } from "./player.ts";
import { titles } from "./titles.ts";

// The calls for one player run one at a time, those for different players concurrently.
export const actorSer = actor(ActorSer, Player, {
  login: (self, _req, ctx) => ({ actorDb: self.login(ctx.sourceApp) }),
  getInfo: ({ data }, _req, ctx) => ({ name: data.name, title: ctx.resource(titles)(data.level) }),
  modifyName({ data }, { newName }) {
    if (newName === "") throw new M3Error(Code.INVALID_ARGUMENT, "new_name is empty: a player needs a name");
    return { name: (data.name = newName) };
  },
  lvUp: ({ data }) => ({ level: (data.level += 1) }),
  async postChannel({ data }, { content }, ctx) {
    await ctx.client(asyncClient).transChannel({ msg: { name: data.name, content } });
    return {};
  },
  pullChannel: async (_self, _req, ctx) => ({ msgs: (await ctx.client(asyncClient).sSPullChannel({})).msgs }),
});
