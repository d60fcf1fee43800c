import { setTimeout } from "node:timers/promises";
import { ActorRegSer, ActorSer } from "../gen/actor_pb.js";
import { SendToCli_ReqSchema } from "../gen/gate_pb.js";
import { MultiSer } from "../gen/multi_pb.js";
import { WorldSer } from "../gen/world_pb.js";
import type { Player } from "./player.ts";

export type Print = (line: string) => void;

/** Plays one mode; rejects when something is not as it should be. */
export type Mode = (player: Player, print: Print) => Promise<void>;

const randomly = { m3routetype: "RouteTypeRandom" };
const actorApps = ["example.world1.actor.2", "example.world1.actor.1"];

/** The routes and the actor of a player's calls, as the examples' gate trusts its clients to choose them. */
function metasOf(player: Player, app?: string): Readonly<Record<string, string>> {
  const route = app === undefined ? randomly : { m3routetype: "RouteTypeP2P", m3routedstapp: app };
  return { ...route, actorid: player.id };
}

/** What the example client can do, the modes of the original's. */
export const modes: Readonly<Record<string, Mode>> = {
  async Hello(player, print) {
    const { rsp } = await player.service(MultiSer).hello({ req: "June" }, { metas: randomly });
    print(`Hello -> ${rsp}`);
  },

  async Trace(player, print) {
    const { rsp } = await player.service(MultiSer).traceHello({ req: "June" }, { metas: randomly });
    print(`TraceHello -> ${rsp}`);
  },

  /** Five in a row, until the rules of the app refuse one: that ends the stream of a client of the original. */
  async Break(player, print) {
    for (let count = 1; count <= 5; count++) {
      try {
        const { rsp } = await player.service(MultiSer).breakHello({ req: `June ${count}` }, { metas: randomly });
        print(`BreakHello -> ${rsp}`);
      } catch (error) {
        print(`BreakHello -> refused: ${error instanceof Error ? error.message : error}`);
        return;
      }
    }
  },

  async ActorCommon(player, print) {
    const { promise: offline, resolve } = Promise.withResolvers<string>();
    const stop = player.on(SendToCli_ReqSchema, ({ content }) => resolve(content));
    await register(player, print);
    await play(player, print, metasOf(player));
    print("waiting until nobody has called for a while");
    print(`push -> ${await offline}`);
    stop();
  },

  async ActorBroadCast(player, print) {
    await register(player, print);
    const [calls, metas] = [player.service(ActorSer), metasOf(player)];
    await calls.login({ actorId: player.id }, { metas });
    await calls.postChannel({ actorId: player.id, content: "Good Morning" }, { metas });
    const { msgs } = await calls.pullChannel({ actorId: player.id }, { metas });
    print(`PullChannel -> ${msgs.length} messages`);
  },

  /** The actor goes where its player wants it. */
  async ActorMove(player, print) {
    await register(player, print);
    for (const app of actorApps) {
      print(`at ${app}`);
      await play(player, print, metasOf(player, app));
    }
  },

  World: (player, print) => watchWorld(player, print, 1000),
};

/** Two that walk to where the other was, seen from there twenty times. */
export async function watchWorld(player: Player, print: Print, everyMs: number): Promise<void> {
  const [calls, options] = [player.service(WorldSer), { metas: randomly }];
  const [first, second] = [
    { x: 150, y: 150 },
    { x: 180, y: 180 },
  ];
  const view = async (pos: typeof first) => {
    const { entities } = await calls.viewPosition({ pos }, options);
    const seen = entities.map(({ name, curPos, moved }) => `${name} at ${curPos?.x},${curPos?.y} (${moved} %)`);
    print(`ViewPosition ${pos.x},${pos.y} -> ${seen.join(", ") || "nobody"}`);
  };
  await calls.createEntity({ name: "Guanyu", srcPos: first }, options);
  await calls.createEntity({ name: "Qinqiong", srcPos: second }, options);
  await view(first);
  await calls.moveEntity({ name: "Guanyu", dstPos: second }, options);
  await calls.moveEntity({ name: "Qinqiong", dstPos: first }, options);
  for (let time = 0; time < 20; time++) {
    await setTimeout(everyMs);
    await view(second);
  }
}

async function register(player: Player, print: Print): Promise<void> {
  await player.service(ActorRegSer).register({ name: "June", playerId: player.id }, { metas: randomly });
  print(`Register -> ${player.id}`);
}

async function play(player: Player, print: Print, metas: Readonly<Record<string, string>>): Promise<void> {
  const [calls, actorId, options] = [player.service(ActorSer), player.id, { metas }];
  const { actorDb } = await calls.login({ actorId }, options);
  print(`Login -> ${actorDb?.name}, level ${actorDb?.level}`);
  print(`GetInfo -> ${describe(await calls.getInfo({ actorId }, options))}`);
  print(`LvUp -> ${(await calls.lvUp({ actorId }, options)).level}`);
  print(`ModifyName -> ${(await calls.modifyName({ actorId, newName: "Mike" }, options)).name}`);
  print(`GetInfo -> ${describe(await calls.getInfo({ actorId }, options))}`);
}

function describe({ name, title }: { readonly name: string; readonly title: string }): string {
  return `${name}, ${title}`;
}
