import type { DescService } from "@bufbuild/protobuf";
import type { EntityStore } from "../../entity/entity-store.ts";
import type { AppId } from "../../meta/app-id.ts";
import type { LeaderCandidate, LeaderHandlers } from "../../ownership/leader.ts";
import type { Leases } from "../../ownership/leases.ts";
import type { Logger } from "../../plugin/log.ts";
import type { Meter } from "../../plugin/metric.ts";
import type { Instance } from "../../plugin/router.ts";
import type { ResourceReader } from "../../resource/resource.ts";
import type { Client } from "../../rpc/client.ts";
import type { ClientSource } from "../../rpc/define-client.ts";
import type { Hooks } from "../../script/hooks.ts";

/** The app that an actor is active on, as the actor uses it beside its turns. Resources are read from the set that was loaded last. */
export interface ActorApp extends ResourceReader {
  readonly id: AppId;
  /** The `[App]` table of its config, as the app's own schema left it. */
  readonly config: unknown;
  readonly log: Logger;
  /** Counters and the like of the game's own; they count nothing where the config names no metric plugin. */
  readonly metrics: Meter;
  /** A client for calls from outside any handler. Throws PROTO_INVALID and ROUTE_INVALID, CONTEXT_ENDED before onInit and after the stop. */
  client<S extends DescService>(source: ClientSource<S>): Client<S>;
  /**
   * The entities of a db plugin, by its `Name`, without one of the first: for whatever is stored outside of actors.
   * Throws PLUGIN_MISSING.
   */
  entities(store?: string): EntityStore;
  /** Leases on ids of the game's own: at most one app in this env and world holds each. Throws PLUGIN_MISSING without a lease plugin. */
  readonly leases: Leases;
  /**
   * Stands for leader of `name` until the result is disposed: of all apps in this env and world that stand, at most one is
   * elected. Throws PLUGIN_MISSING without a lease plugin, RangeError when this app stands already.
   */
  leader(name: string, handlers: LeaderHandlers): LeaderCandidate;
  /** Calls what the scripts of the app define, from onInit on. */
  readonly hooks: Hooks;
  /** The instances of a service that are registered now, by its id `env.world.func`. */
  instances(service: string): Promise<readonly Instance[]>;
}
