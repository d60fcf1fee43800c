import type { DescMessage, DescService } from "@bufbuild/protobuf";
import type { Entity } from "../../entity/entity.ts";
import type { EntityDefinition } from "../../entity/entity-definition.ts";
import type { EntityStore } from "../../entity/entity-store.ts";
import type { Timer } from "../../meta/clock.ts";
import type { Logger } from "../../plugin/log.ts";
import type { Meter } from "../../plugin/metric.ts";
import type { Resource } from "../../resource/resource.ts";
import type { Client } from "../../rpc/client.ts";
import type { ClientSource } from "../../rpc/define-client.ts";
import type { MaybePromise } from "../../rpc/interceptor.ts";
import type { ActorApp } from "./actor-app.ts";
import type { ActorHost } from "./actor-host.ts";

/**
 * Why an actor leaves: nobody called it for `ActiveTimeOut`, it asked to (`exit`), its app stops, another app takes it
 * over, or it is taken away because a handler was stuck.
 */
export type ExitReason = "idle" | "requested" | "stopped" | "moved" | "stuck";

/**
 * A player, a club, a fight: state with an id that is active on at most one app. Extend it; everything that runs in it,
 * handlers, timers and the methods below, runs one turn at a time.
 */
export abstract class Actor {
  readonly #host: ActorHost;

  /** Actors are made by the framework when their id is first called. */
  constructor(host: ActorHost) {
    this.#host = host;
  }

  get id(): string {
    return this.#host.id;
  }

  /** The app that it is active on: its config, and calls that do not belong to a turn. */
  get app(): ActorApp {
    return this.#host.app;
  }

  /** Logs with the actor's kind and id as fields, in a traced call with `trace_id` and `span_id` too. */
  get log(): Logger {
    return this.#host.log;
  }

  /** The app's metrics, as in `ctx.metrics`. Never make an actor's id a label. */
  get metrics(): Meter {
    return this.#host.metrics;
  }

  /**
   * A stored part of the actor, its key made of the actor's id: loaded by `load`, then tracked and saved by the runtime.
   * Declare it as a field: `readonly player = this.entity(PlayerEntity)`.
   */
  entity<S extends DescMessage, F extends number, V extends number>(
    definition: EntityDefinition<S, F, V>,
  ): Entity<S, F, V> {
    return this.#host.entity(definition);
  }

  /**
   * Entities with keys of their own, for an actor that owns many: a slot of clubs, a guild's members. They are read and written
   * under the actor's claim, and not saved by the runtime: `await entity.save()`.
   */
  get entities(): EntityStore {
    return this.#host.entities;
  }

  /**
   * A client whose calls belong to the turn that runs now: they end with its deadline and carry its call chain. Throws
   * CONTEXT_ENDED outside a turn.
   */
  client<S extends DescService>(source: ClientSource<S>): Client<S> {
    return this.#host.client(source);
  }

  /**
   * The value of a resource: all that a turn reads are of one set, the one that was current when it first read one. Throws
   * CONTEXT_ENDED outside a turn, RangeError when `defineApp({ resources })` does not list it.
   */
  resource<T>(resource: Resource<T>): T {
    return this.#host.resource(resource);
  }

  /** Runs `task` once as a turn, after at least this time. It ends with the actor. */
  after(delayMs: number, task: () => MaybePromise<void>): Timer {
    return this.#host.timer(delayMs, undefined, task);
  }

  /**
   * Runs `task` as a turn again and again. One that begins a little late does not put off the next; one that is missed altogether is not made
   * up for. It ends with the actor.
   */
  every(intervalMs: number, task: () => MaybePromise<void>): Timer {
    return this.#host.timer(intervalMs, intervalMs, task);
  }

  /** Leaves as soon as this turn is over, as if it had been idle. */
  exit(): void {
    this.#host.exit();
  }

  /** The first turn: load what it needs. When it throws, the calls that wait get that error and the next one tries again. */
  onInit(): MaybePromise<void> {}

  /** Runs every `TickTimeInter` milliseconds, where it is overridden. */
  onTick(): MaybePromise<void> {}

  /** Runs every `SaveTimeInter` seconds in which the actor had a turn, before its changed entities are written. */
  onSave(): MaybePromise<void> {}

  /** The last turn, before its changed entities are written. It does not run when ownership was lost: nothing may be saved then. */
  onExit(_reason: ExitReason): MaybePromise<void> {}

  /** Gives what is in no entity along when the actor moves to another app; at most 1 MiB. An optimisation: it may get lost. */
  onMoveOut(): MaybePromise<Uint8Array> {
    return nothing;
  }

  /** Gets what `onMoveOut` gave, after `onInit`. It does not run when that got lost, or was empty. */
  onMoveIn(_state: Uint8Array): MaybePromise<void> {}
}

const nothing = new Uint8Array(0);

/** A class of actors, as `actor(Service, Class, …)` takes it. */
export type ActorClass<A extends Actor> = (new (
  host: ActorHost,
) => A) & {
  /** Names the kind in claims and logs; set it where class names do not survive the build. @default the class's name */
  readonly kind?: string;
};
