import { AcFlagSchema, ActorDBSchema, ActorSer } from "@m3game/examples/gen/actor_pb.js";
import { Actor, type AppDefinition, actor, defineApp, defineEntity, type PluginDefinition, type Server } from "m3game";

export const PlayerEntity = defineEntity(ActorDBSchema, { table: "player", flags: AcFlagSchema });

/** An actor that is nothing but a number. */
export class Counter extends Actor {
  level = 0;
}

/** An actor with stored data. */
export class Player extends Actor {
  readonly player = this.entity(PlayerEntity);

  override async onInit(): Promise<void> {
    await this.player.load({ orCreate: { name: "player", level: 1 } });
  }
}

const rest = {
  login: () => ({}),
  getInfo: () => ({}),
  modifyName: () => ({}),
  postChannel: () => ({}),
  pullChannel: () => ({}),
};

/** Answers at once, as most handlers of a game do. */
export const counterSer: Server = actor(ActorSer, Counter, {
  ...rest,
  lvUp: (self) => ({ level: (self.level += 1) }),
});

/** The same written with `async`, so that each call waits at least for a turn of the microtask queue. */
export const asyncCounterSer: Server = actor(ActorSer, Counter, {
  ...rest,
  lvUp: async (self) => ({ level: (self.level += 1) }),
});

export const playerSer: Server = actor(ActorSer, Player, {
  ...rest,
  lvUp: (self) => ({ level: (self.player.data.level += 1) }),
});

export const actorAppId = "bench.world1.actor.1";

export function actorApp(server: Server, plugins: readonly PluginDefinition[]): AppDefinition {
  return defineApp({ func: "actor", servers: [server], plugins });
}

/** Actors stay as they are while something else is measured. */
export const quietActors = `
  [[Server.Actor]]
  ActiveTimeOut = 0
  TickTimeInter = 0
`;
