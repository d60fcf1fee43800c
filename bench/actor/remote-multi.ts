import { ActorSer } from "@m3game/examples/gen/actor_pb.js";
import { transTcp } from "@m3game/trans-tcp";
import { defineApp, multi, startApp } from "m3game";
import type { Subject } from "../harness/subject.ts";
import { staticRouter } from "../rpc/static-router.ts";
import { actorAppId } from "./player.ts";
import { subject as actorSubject } from "./remote-actor.ts";

const config = `
  [[Plugin.Router.router_static]]
  [[Plugin.Trans.trans_tcp]]
  Host = "127.0.0.1"
  Port = 0
`;

const levels = new Map<string, number>();

/** The same calls, answered by a multi server that keeps the levels in a map: what actors cost shows beside it. */
export const subject: Subject = {
  async serve() {
    const server = multi(ActorSer, {
      login: () => ({}),
      getInfo: () => ({}),
      modifyName: () => ({}),
      postChannel: () => ({}),
      pullChannel: () => ({}),
      lvUp: ({ actorId }) => {
        const level = (levels.get(actorId) ?? 0) + 1;
        levels.set(actorId, level);
        return { level };
      },
    });
    const app = await startApp(defineApp({ func: "actor", servers: [server], plugins: [transTcp, staticRouter([])] }), {
      id: actorAppId,
      config,
    });
    const [listening] = app.endpoints;
    if (listening === undefined) throw new Error("trans_tcp listens nowhere");
    return { endpoint: listening.endpoint };
  },
  connect: actorSubject.connect,
};
