import { ActorSer } from "@m3game/examples/gen/actor_pb.js";
import { transTcp } from "@m3game/trans-tcp";
import { defineApp, startApp } from "m3game";
import type { Subject } from "../harness/subject.ts";
import { staticRouter } from "../rpc/static-router.ts";
import { actorApp, actorAppId, counterSer, quietActors } from "./player.ts";
import { playerId } from "./requests.ts";

const actors = 10_000;
const config = `
  [[Plugin.Router.router_static]]
  [[Plugin.Trans.trans_tcp]]
  Host = "127.0.0.1"
  Port = 0
`;

/** Calls to the actors of another process, routed by their ids. */
export const subject: Subject = {
  async serve() {
    const definition = actorApp(counterSer, [transTcp, staticRouter([])]);
    const app = await startApp(definition, {
      id: actorAppId,
      config: `${config}
        [[Plugin.Lease.lease_memory]]
        ${quietActors}`,
    });
    const [listening] = app.endpoints;
    if (listening === undefined) throw new Error("trans_tcp listens nowhere");
    return { endpoint: listening.endpoint };
  },

  async connect({ endpoint }) {
    const { hostname, port } = new URL(`tcp://${endpoint}`);
    const instance = {
      app: actorAppId,
      service: "bench.world1.actor",
      host: hostname,
      port: Number(port),
      meta: { "m3ep.tcp": String(endpoint) },
    };
    const definition = defineApp({ func: "client", servers: [], plugins: [transTcp, staticRouter([instance])] });
    const app = await startApp(definition, { id: "bench.world1.client.1", config });
    const client = app.client(ActorSer);
    for (let index = 0; index < actors; index++) await client.lvUp({ actorId: playerId(index) });
    let next = 0;
    return (done) => {
      client.lvUp({ actorId: playerId(next++ % actors) }).then(({ level }) => done(levelProblem(level)), done);
    };
  },
};

function levelProblem(level: number): Error | undefined {
  return level > 1 ? undefined : new Error(`the level is ${level}: the actor forgot it`);
}
