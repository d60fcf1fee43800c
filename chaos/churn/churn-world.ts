import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import brokerNats from "@m3game/broker-nats";
import { connect } from "@m3game/client";
import dbRedis from "@m3game/db-redis";
import actorApp from "@m3game/examples/actorapp/app";
import asyncApp from "@m3game/examples/asyncapp/app";
import { asyncClient } from "@m3game/examples/asyncapp/client";
import gateApp from "@m3game/examples/gateapp/app";
import { ActorRegSer, ActorSer } from "@m3game/examples/gen/actor_pb.js";
import { MultiSer } from "@m3game/examples/gen/multi_pb.js";
import multiApp from "@m3game/examples/multiapp/app";
import gateWs from "@m3game/gate-ws";
import leaseEtcd from "@m3game/lease-etcd";
import metricProm from "@m3game/metric-prom";
import routerConsul from "@m3game/router-consul";
import { requireService } from "@m3game/testing";
import transTcp from "@m3game/trans-tcp";
import { type App, type AppDefinition, startApp } from "m3game";

const plugins = [brokerNats, dbRedis, gateWs, leaseEtcd, metricProm, routerConsul, transTcp];

const calls = 500;
const posts = 20;
const players = 50;
const clients = 20;

/** The examples' apps on real servers, whose players, clients and instances come and go. */
export class ChurnWorld implements AsyncDisposable {
  // Nobody else's, whatever was left in the servers.
  readonly #env = `churn${randomUUID().slice(0, 8)}`;
  readonly #apps: App[] = [];
  #cycles = 0;

  /** Throws when a server is missing, saying how to get it. */
  static async start(): Promise<ChurnWorld> {
    const world = new ChurnWorld();
    try {
      for (const app of [multiApp, asyncApp, actorApp, gateApp]) world.#apps.push(await world.#start(app, 1));
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
    return world;
  }

  /** Everything that a game does, some hundred times, with all of it gone in the end. */
  async cycle(): Promise<void> {
    const cycle = this.#cycles++;
    const gate = this.#app("gate");
    await using passing = await this.#start(multiApp, 2);
    await Promise.all(Array.from({ length: calls }, (_, call) => gate.client(MultiSer).hello({ req: `${call}` })));
    for (let post = 0; post < posts; post++) {
      await gate.client(asyncClient).transChannel({ msg: { name: passing.id.app, content: `${cycle}.${post}` } });
    }
    await Promise.all(Array.from({ length: players }, (_, player) => this.#play(`${cycle}-${player}`)));
    await Promise.all(Array.from({ length: clients }, (_, client) => this.#visit(`${cycle}-${client}`)));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const app of this.#apps.toReversed()) await app.stop();
  }

  async #play(actorId: string): Promise<void> {
    const gate = this.#app("gate");
    await gate.client(ActorRegSer).register({ playerId: actorId, name: "June" });
    await gate.client(ActorSer).lvUp({ actorId });
    await gate.client(ActorRegSer).kick({ leaseId: actorId });
  }

  async #visit(token: string): Promise<void> {
    const { endpoints } = this.#app("gate");
    const client = await connect(`ws://${endpoints.find(({ scheme }) => scheme === "ws")?.endpoint}`, {
      token,
      timeoutMs: 30_000,
    });
    await client.service(MultiSer).hello({ req: "June" });
    await client.close();
  }

  #app(func: string): App {
    const app = this.#apps.find(({ id }) => id.func === func);
    if (app === undefined) throw new RangeError(`there is no app of ${func}`);
    return app;
  }

  #start(app: AppDefinition, instance: number): Promise<App> {
    const id = `${this.#env}.world1.${app.func}.${instance}`;
    return startApp({ ...app, plugins }, { id, config: this.#config(app.func) });
  }

  #config(func: string): string {
    const [redisHost, redisPort] = requireService("redis").split(":");
    const state = `
      [[Plugin.DB.db_redis]]
      Host = "${redisHost}"
      Port = ${redisPort}
      Prefix = "${this.#env}"
      [[Plugin.Lease.lease_etcd]]
      Endpoints = "${requireService("etcd")}"
      [[Options.Resource]]
      CfgPath = ${JSON.stringify(fileURLToPath(new URL("../../examples/actorapp", import.meta.url)))}
    `;
    // Longer than Consul keeps an instance out whose health check was late once, as on a busy machine.
    return `
      [Options.Rpc]
      TimeoutMs = 30000
      [[Plugin.Router.router_consul]]
      ConsulHost = "${requireService("consul")}"
      [[Plugin.Broker.broker_nats]]
      URL = "${requireService("nats")}"
      [[Plugin.Metric.metric_prom]]
      Port = 0
      [[Plugin.Trans.trans_tcp]]
      ${func === "actor" || func === "gate" ? state : ""}
      ${func === "gate" ? "[[Plugin.Gate.gate_ws]]\n[[Server.Gate]]\nResumeWindow = 0" : ""}
    `;
  }
}
