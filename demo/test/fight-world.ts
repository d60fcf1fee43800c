import { connect, type GameClient } from "@m3game/client";
import { gateWs } from "@m3game/gate-ws";
import { RecordingMetrics } from "@m3game/testing";
import {
  type App,
  type AppDefinition,
  createMemoryHub,
  defineApp,
  type MemoryHub,
  multi,
  parseAppId,
  startApp,
} from "m3game";
import { onTestFinished } from "vitest";
import type { z } from "zod";
import clubRoleApp from "../clubroleapp/app.ts";
import fightApp from "../fightapp/app.ts";
import type { fightConfig } from "../fightapp/fight-config.ts";
import gateApp from "../gateapp/app.ts";
import { AuthRspSchema } from "../gen/gate_pb.js";
import { MatchSer } from "../gen/match_pb.js";
import { RoleSer } from "../gen/role_pb.js";
import roleApp from "../roleapp/app.ts";
import uidApp from "../uidapp/app.ts";
import zoneApp from "../zoneapp/app.ts";

export const fightIds = ["demo.world1.fight.1", "demo.world1.fight.2"] as const;
export const zoneIds = ["demo.world1.zone.1", "demo.world1.zone.2"] as const;
const roleId = "demo.world1.role.1";
const gateId = "demo.world1.gate.1";
const callerId = "demo.world1.caller.1";

const apps: Readonly<Record<string, AppDefinition>> = {
  uid: uidApp,
  clubrole: clubRoleApp,
  role: roleApp,
  zone: zoneApp,
  fight: fightApp,
  gate: gateApp,
};

/** What a game client of one role has at hand. */
export interface Player {
  readonly roleId: bigint;
  readonly client: GameClient;
}

/** What the fight apps have in their `[App]` tables. */
export type FightWorldOptions = Partial<z.input<typeof fightConfig>>;

/** All that a fight needs, in one process: apps, a gate for clients, and a match maker that only notes which matches have ended. */
export class FightWorld {
  readonly metrics = new RecordingMetrics();
  /** Of matches that have ended, as often as that was told. */
  readonly ended: string[] = [];
  readonly #hub: MemoryHub = createMemoryHub();
  readonly #apps = new Map<string, App>();
  readonly #options: FightWorldOptions;

  static async start(options: FightWorldOptions = {}): Promise<FightWorld> {
    const world = new FightWorld(options);
    onTestFinished(() => world.#stop());
    for (const id of [
      "demo.world1.uid.1",
      "demo.world1.clubrole.1",
      roleId,
      "demo.world1.match.1",
      ...fightIds,
      ...zoneIds,
      gateId,
      callerId,
    ]) {
      await world.startApp(id);
    }
    return world;
  }

  private constructor(options: FightWorldOptions) {
    this.#options = options;
  }

  /** An app that asks others as the match maker does. */
  get caller(): App {
    return this.app(callerId);
  }

  app(id: string): App {
    const app = this.#apps.get(id);
    if (app === undefined) throw new RangeError(`there is no app ${id}`);
    return app;
  }

  async startApp(id: string): Promise<App> {
    const { func } = parseAppId(id);
    const definition = apps[func] ?? this.#standIn(func);
    const plugins = [this.metrics.plugin, gateWs];
    const app = await startApp(definition, { id, hub: this.#hub, plugins, config: this.#config(func) });
    this.#apps.set(id, app);
    return app;
  }

  async stopApp(id: string): Promise<void> {
    await this.app(id).stop();
  }

  /** The app is gone, with all that it owns, without a word to anybody. */
  kill(id: string): void {
    const { registry, leaseFaults } = this.#hub;
    leaseFaults.expire(id);
    leaseFaults.cutOff(id);
    for (const instance of registry.table(parseAppId(id).service)) if (instance.app === id) registry.remove(instance);
  }

  /** A client that has logged in with its role. */
  async player(token: string): Promise<Player> {
    const endpoint = this.app(gateId).endpoints.find(({ scheme }) => scheme === "ws")?.endpoint ?? "";
    const client = await connect(`ws://${endpoint}`, { token });
    onTestFinished(() => client.close());
    await client.service(RoleSer).roleLogin({});
    return { client, roleId: client.authResponse(AuthRspSchema).roleId };
  }

  /** How often fights refused something for this reason. */
  refused(reason: string): number {
    return this.metrics.value("fight_refused_total", { reason }) ?? 0;
  }

  #standIn(func: string): AppDefinition {
    if (func !== "match") return defineApp({ func, servers: [] });
    const none = () => ({});
    const matchSer = multi(MatchSer, {
      ...{ matchJoin: none, matchCancel: none, matchReport: none },
      matchEnd: ({ matchId }) => {
        this.ended.push(matchId);
        return {};
      },
    });
    return defineApp({ func, servers: [matchSer] });
  }

  #config(func: string): string {
    const rules = Object.entries(this.#options).map(([key, value]) => `${key} = ${value}`);
    const more: Readonly<Record<string, string>> = {
      fight: `[[Server.Actor]]\nActiveTimeOut = 0\nRebalanceTime = 0\n[App]\n${rules.join("\n")}\n`,
      gate: "[[Plugin.Gate.gate_ws]]\n",
    };
    return `[[Plugin.DB.db_memory]]\n${this.metrics.config}${more[func] ?? ""}`;
  }

  async #stop(): Promise<void> {
    // One that was cut off would wait for the lease store.
    for (const id of this.#apps.keys()) this.#hub.leaseFaults.restore(id);
    for (const app of [...this.#apps.values()].toReversed()) await app.stop();
  }
}
