import type { DescService } from "@bufbuild/protobuf";
import type { ConfigSource } from "../config/source.ts";
import type { EntityStore } from "../entity/entity-store.ts";
import type { AppId } from "../meta/app-id.ts";
import type { LeaderCandidate, LeaderHandlers } from "../ownership/leader.ts";
import type { Leases } from "../ownership/leases.ts";
import type { Logger } from "../plugin/log.ts";
import type { Meter } from "../plugin/metric.ts";
import type { Health, PluginInstances } from "../plugin/plugin.ts";
import type { Instance } from "../plugin/router.ts";
import type { ResourceReader } from "../resource/resource.ts";
import type { Client } from "../rpc/client.ts";
import type { ClientSource } from "../rpc/define-client.ts";
import type { Actor, ActorClass } from "../server/actor/actor.ts";
import type { Actors } from "../server/actor/actors.ts";
import type { SupportKind } from "./support-kinds.ts";

export type AppState = "starting" | "ready" | "draining" | "stopped";

/** Where an app can be reached. */
export interface AppEndpoint {
  /** `tcp`, `http2`, … */
  readonly scheme: string;
  /** `host:port` */
  readonly endpoint: string;
}

/** A running app. Disposing stops it. Resources are read from the set that was loaded last. */
export interface App<C = unknown> extends AsyncDisposable, ResourceReader {
  readonly id: AppId;
  readonly state: AppState;
  /** The `[App]` table of its config, checked. */
  readonly config: C;
  readonly log: Logger;
  /** Counters and the like of the game's own; they count nothing where the config names no metric plugin. */
  readonly metrics: Meter;
  readonly endpoints: readonly AppEndpoint[];
  /** Calls it serves right now. */
  readonly inFlight: number;
  health(): Health;
  /** A client for calls from outside any handler. Throws PROTO_INVALID and ROUTE_INVALID. */
  client<S extends DescService>(source: ClientSource<S>): Client<S>;
  /** Takes multicasts on a topic until the result is disposed or the app stops. */
  subscribe(topic: string): Promise<AsyncDisposable>;
  /**
   * A plugin that the config names, by its `Name`, without one the first of its kind. Throws PLUGIN_MISSING.
   * What the framework itself uses (log, router, broker, trans) is not to be had this way.
   */
  plugin<K extends SupportKind>(kind: K, instance?: string): PluginInstances[K];
  /**
   * The entities of a db plugin, by its `Name`, without one of the first: for whatever is stored outside of actors.
   * Throws PLUGIN_MISSING.
   */
  entities(store?: string): EntityStore;
  /** The actors of a class that this app hosts. Throws RangeError for another class. */
  actors(actorClass: ActorClass<Actor>): Actors;
  /** Leases on ids of the game's own: at most one app in this env and world holds each. Throws PLUGIN_MISSING without a lease plugin. */
  readonly leases: Leases;
  /**
   * Stands for leader of `name` until the result is disposed: of all apps in this env and world that stand, at most one is
   * elected. Throws PLUGIN_MISSING without a lease plugin.
   */
  leader(name: string, handlers: LeaderHandlers): LeaderCandidate;
  /** The instances of a service that are registered now, by its id `env.world.func`. */
  instances(service: string): Promise<readonly Instance[]>;
  /**
   * Takes a changed config: TOML text, or what `readConfig` read. All of it is checked as at the start, environment
   * overrides included, and all resources, traffic rules and scripts are loaded again; when anything is wrong it rejects
   * with CONFIG_INVALID, and nothing has changed. They and `LogLevel` of the log plugin take effect at once. What else differs in the config
   * needs a restart: the log names it, and it changes nothing.
   */
  reload(config: string | ConfigSource): Promise<void>;
  /**
   * Leaves the registry, takes no new calls and waits for those that run, at most `DrainTimeoutMs`; what runs still is
   * then given up. Of an app that still starts it stops the start. Idempotent.
   */
  drain(): Promise<void>;
  /**
   * Drains, then ends everything in the reverse order of the start. A start that is under way rejects with CANCELLED.
   * Idempotent; never rejects, problems are logged.
   */
  stop(): Promise<void>;
}
