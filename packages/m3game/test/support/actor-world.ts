import { isMessage } from "@bufbuild/protobuf";
import { onTestFinished } from "vitest";
import { z } from "zod";
import {
  type App,
  type AppDefinition,
  createMemoryHub,
  definePlugin,
  type MemoryHub,
  type PluginDefinition,
  routerMemory,
  startApp,
} from "../../src/index.ts";
import { Actor, type ActorClass } from "../../src/server/actor/actor.ts";
import { type ActorHandlers, actor } from "../../src/server/actor/actor-server.ts";
import { stopTime } from "./fake-time.ts";
import { HeroSchema } from "./hero.ts";
import { HeroEntity } from "./hero-entity.ts";
import { PlayerSer } from "./player-services.ts";
import { RecordingLog } from "./recording-log.ts";
import { ScriptedDb } from "./scripted-db.ts";

/** An actor with a stored hero. */
export class Player extends Actor {
  static readonly kind: string = "Player";
  readonly hero = this.entity(HeroEntity);

  override async onInit(): Promise<void> {
    await this.hero.load({ orCreate: { name: "new" } });
  }
}

export type PlayerHandlers<A extends Actor> = ActorHandlers<typeof PlayerSer, A>;

/** Every method without a handler answers with its request. */
export function playerServer<A extends Actor>(
  actorClass: ActorClass<A>,
  handlers: Partial<PlayerHandlers<A>> = {},
  always: readonly string[] = [],
) {
  const echo: PlayerHandlers<A> = {
    do: (_self, request) => request,
    again: (_self, request) => request,
    tell: () => ({}),
    any: (_self, request) => request,
  };
  return actor(PlayerSer, actorClass, { ...echo, ...handlers }, { always });
}

/** An app of the function `player`. */
export function playerApp<A extends Actor>(
  actorClass: ActorClass<A>,
  handlers: Partial<PlayerHandlers<A>> = {},
  rest: Partial<AppDefinition> = {},
): AppDefinition {
  return { func: "player", servers: [playerServer(actorClass, handlers)], ...rest };
}

/** A player whose level rises by one with each call. */
export const levelUp: Partial<PlayerHandlers<Player>> = {
  do: (self) => ({ number: (self.hero.data.level += 1), text: self.hero.data.name }),
};

/** What apps of one env share: registry, lease store, a store that fails as told, and a clock that stands still. */
export class ActorWorld {
  /** Replaced by a new one it has forgotten everything but the rows. */
  hub: MemoryHub;
  readonly store: ScriptedDb;
  readonly log = new RecordingLog();
  /** Further plugins of apps that are started from now on, with their sections. */
  readonly more: { readonly plugin: PluginDefinition; readonly config: string }[] = [];
  readonly #time: ReturnType<typeof stopTime>;
  readonly #apps: App[] = [];

  static async create(): Promise<ActorWorld> {
    // An app loads them when it starts, which must not take any of this world's time.
    await import("../../src/app/start-actors.ts");
    await import("../../src/app/start-ownership.ts");
    await import("../../src/app/start-telemetry.ts");
    const time = stopTime();
    const hub = createMemoryHub();
    const world = new ActorWorld(time, hub, await ScriptedDb.create(hub));
    onTestFinished(() => world.until(Promise.all(world.#apps.map((app) => app.stop()))).then(() => {}));
    return world;
  }

  private constructor(time: ReturnType<typeof stopTime>, hub: MemoryHub, store: ScriptedDb) {
    this.#time = time;
    this.hub = hub;
    this.store = store;
  }

  /**
   * Starts `test.w1.<func>.<ins>`, on the lease and the store of this world. `options` go into [[Server.Actor]]. With
   * `isFar` its registry is one that apps of other processes could use too.
   */
  async start(
    ins: string,
    app: AppDefinition,
    options: Readonly<Record<string, number | boolean>> = {},
    isFar = false,
  ): Promise<App> {
    const { store, hub } = this;
    const near = routerMemory(hub);
    const config = [
      "[[Plugin.DB.db_scripted]]",
      ...(isFar ? ["[[Plugin.Router.router_far]]"] : []),
      this.log.config,
      ...this.more.map((each) => each.config),
      "[[Server.Actor]]",
      ...Object.entries(options).map(([key, value]) => `${key} = ${value}`),
    ];
    const plugins = [
      definePlugin({ kind: "db", name: "db_scripted", config: z.object({}), create: () => store }),
      definePlugin({ ...near, name: "router_far" }),
      this.log.plugin,
      ...this.more.map((each) => each.plugin),
    ];
    const id = `test.w1.${app.func}.${ins}`;
    const started = await this.until(startApp(app, { id, hub, plugins, config: config.join("\n") }));
    this.#apps.push(started);
    return started;
  }

  /** The app is gone for all others, without a word. */
  kill({ id }: App): void {
    const { registry, leaseFaults } = this.hub;
    leaseFaults.cutOff(id.app);
    for (const instance of registry.table(id.service)) if (instance.app === id.app) registry.remove(instance);
  }

  /** Lets time go by, in small steps with all that each of them causes. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 10) {
      await this.#time.pass(Math.min(left, 10));
      await new Promise(setImmediate);
    }
  }

  /** Lets time go by until the promise is settled. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    promise.then(over, over);
    for (let ms = 0; ms < 120_000 && !isOver; ms += 10) await this.pass(10);
    if (!isOver) throw new Error("two minutes have passed");
    return promise;
  }

  /** Lets time go by until `condition` holds. */
  async untilTrue(condition: () => boolean): Promise<void> {
    for (let ms = 0; ms < 120_000 && !condition(); ms += 10) await this.pass(10);
    if (!condition()) throw new Error("two minutes have passed");
  }

  /** The level that the store has. */
  async level(key: bigint): Promise<number | undefined> {
    const row = await this.store.inner.read(HeroEntity.table, key);
    return row?.message === undefined || !isMessage(row.message, HeroSchema) ? undefined : row.message.level;
  }
}
