import { ActorControlSer } from "../../../gen/m3/actor_control_pb.js";
import type { EntityHost } from "../../entity/entity-host.ts";
import { Rendezvous } from "../../mesh/rendezvous.ts";
import type { AppId } from "../../meta/app-id.ts";
import type { Clock, Timer } from "../../meta/clock.ts";
import { DeadlineWheel } from "../../meta/deadline-wheel.ts";
import { M3Error, reasonError } from "../../meta/error.ts";
import type { Ownership } from "../../ownership/ownership.ts";
import type { Logger } from "../../plugin/log.ts";
import type { Client } from "../../rpc/client.ts";
import type { ClientFactory } from "../../rpc/client-factory.ts";
import { defineClient } from "../../rpc/define-client.ts";
import { p2p } from "../../rpc/route.ts";
import type { Server } from "../server.ts";
import { Actor, type ActorClass } from "./actor.ts";
import { type ActorClaim, OwnedActorClaim, unclaimed } from "./actor-claim.ts";
import type { ActorConfig } from "./actor-config.ts";
import { actorControl } from "./actor-control.ts";
import type { ActorEntities } from "./actor-entities.ts";
import type { ActorHosting } from "./actor-hosting.ts";
import { ActorKind } from "./actor-kind.ts";
import { notActive } from "./actor-server.ts";
import type { Actors } from "./actors.ts";
import { HeldElsewhere } from "./held-elsewhere.ts";

const watchMs = 1000;

/** What actors need to know of the instances of their service. */
export interface ActorMesh {
  /** App ids of the registered instances of this app's service, sorted. */
  instances(): readonly string[];
  /** Calls `listener` after each change of them. */
  onChange(listener: () => void): void;
}

export interface ActorSystemOptions {
  readonly app: AppId;
  readonly clock: Clock;
  readonly log: Logger;
  readonly clients: ClientFactory;
  readonly config: ActorConfig;
  /** The longest a tick, a timer or `onInit` may take for its calls, in milliseconds. */
  readonly taskTimeoutMs: number;
  /** Undefined: no claims, and only versions tell when two apps wrote. */
  readonly ownership: Ownership | undefined;
  readonly mesh: ActorMesh;
  readonly entities: (owner: EntityHost) => ActorEntities;
}

/** The actors of one app: their kinds, their claims, and who takes them over. */
export class ActorSystem implements ActorHosting {
  readonly control: Server;
  readonly #options: ActorSystemOptions;
  readonly #wheel: DeadlineWheel;
  readonly #kinds = new Map<ActorClass<Actor>, ActorKind>();
  readonly #always: { readonly kind: ActorKind; readonly ids: readonly string[] }[] = [];
  #timer: Timer | undefined;
  #settledAt = 0;
  #stopped = false;

  constructor(options: ActorSystemOptions) {
    this.#options = options;
    this.#wheel = new DeadlineWheel(options.clock);
    this.control = actorControl((name) => this.#kindNamed(name));
    options.mesh.onChange(() => this.#onInstances());
    options.ownership?.onState((state) => {
      if (state === "lost") this.#onLost();
    });
  }

  /** The kind of a class, the same for all services that host it. */
  kind<A extends Actor>(actorClass: ActorClass<A>, always: readonly string[]): ActorKind<A> {
    const { app, config } = this.#options;
    const found = this.#kinds.get(actorClass);
    const prefix = config.LeasePrefix ?? app.func;
    const kind = found ?? this.#makeKind(actorClass, `${prefix}/${actorClass.kind ?? actorClass.name}`);
    if (always.length > 0) this.#always.push({ kind, ids: always });
    // Kinds are kept by their class, which is what A stands for.
    return kind as ActorKind<A>;
  }

  /** The actors of a class. Throws RangeError when this app hosts none of it. */
  actors(actorClass: ActorClass<Actor>): Actors {
    const kind = this.#kinds.get(actorClass);
    if (kind === undefined) throw new RangeError(`this app hosts no actors of ${actorClass.name}`);
    return {
      list: () => kind.ids(),
      activate: async (id) => {
        const activation = kind.find(id) ?? kind.activate(id);
        await activation.ready();
      },
      handOver: async (id, targetApp) => {
        const state = await kind.handOver(id, targetApp);
        await this.#tellTarget(kind, targetApp, id, state);
      },
    };
  }

  /** Begins to watch turns and to keep always-active actors. */
  start(): void {
    this.#settledAt = this.#options.clock.now();
    this.#tick();
  }

  /** Ends every actor in order; those that another instance can have move there. */
  async drain(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    const { app, mesh, ownership } = this.#options;
    const others = mesh.instances().filter((instance) => instance !== app.app);
    const ring = new Rendezvous(others);
    const targetOf = (id: string) => (ownership === undefined ? undefined : others[ring.owner(id)]);
    for (const kind of this.#kinds.values()) {
      await kind.leaveAll("stopped", targetOf, (target, id, state) => this.#tellTarget(kind, target, id, state));
    }
  }

  [Symbol.dispose](): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#wheel[Symbol.dispose]();
  }

  /** Throws when a call may not activate an actor here. */
  checkMayActivate(kind: ActorKind, id: string): void {
    if (this.#stopped) throw reasonError("DRAINING", `${this.#options.app.app} is shutting down`);
    if (!this.#options.config.AutoCreate) throw notActive(kind.name, id);
  }

  /** True when the registry knows the app. */
  isReachable(app: string): boolean {
    return this.#options.mesh.instances().includes(app);
  }

  /** Has an actor handed over from another app and activates it here. Rejects with what the other app says. */
  async takeOver(kind: ActorKind, id: string, from: string, deadline: number): Promise<void> {
    const timeoutMs = Math.min(this.#options.config.WaitFreeLeaseTimeOut * 1000, deadline - this.#options.clock.now());
    const request = { kind: kind.name, id, targetApp: this.#options.app.app };
    let state: Uint8Array | undefined;
    try {
      ({ state } = await this.#control(from).handOver(request, { timeoutMs }));
    } catch (error) {
      const { reason } = M3Error.from(error);
      // It may have left meanwhile, or have come here though the answer was lost: the claim tells.
      if (reason !== "NOT_OWNER" && reason !== "UNKNOWN_OUTCOME") throw error;
    }
    if (kind.find(id) === undefined) kind.activate(id, state);
  }

  #makeKind(actorClass: ActorClass<Actor>, name: string): ActorKind {
    if (this.#kindNamed(name) !== undefined) {
      throw reasonError(
        "DUPLICATE_SERVICE",
        `two classes of actors are named ${name}: give one of them a static readonly kind`,
      );
    }
    const ticks = actorClass.prototype.onTick !== Actor.prototype.onTick;
    const kind = new ActorKind(actorClass, name, ticks, {
      ...this.#options,
      wheel: this.#wheel,
      claim: (id) => this.#claim(id),
    });
    this.#kinds.set(actorClass, kind);
    return kind;
  }

  #kindNamed(name: string): ActorKind | undefined {
    return [...this.#kinds.values()].find((kind) => kind.name === name);
  }

  async #claim(id: string): Promise<ActorClaim> {
    const { ownership, config, clock } = this.#options;
    if (ownership === undefined) return unclaimed;
    const result = await withTimeout(ownership.acquire(id), config.AllocLeaseTimeOut * 1000, clock, id);
    if (result.status === "taken") throw new HeldElsewhere(id, result.holder, result.retryAfterMs);
    return new OwnedActorClaim(result.claim, ownership);
  }

  #control(app: string): Client<typeof ActorControlSer> {
    const { clients, app: own } = this.#options;
    return clients.client(defineClient(ActorControlSer, { func: own.func })).to(p2p(app));
  }

  async #tellTarget(kind: ActorKind, target: string, id: string, state: Uint8Array): Promise<void> {
    try {
      await this.#control(target).takeOver({ kind: kind.name, id, state });
    } catch (error) {
      // The claim is the target's already: it activates the actor from the store when it is called.
      this.#options.log.warn("an actor moved without what onMoveOut gave", {
        actor: `${kind.name}/${id}`,
        target,
        error,
      });
    }
  }

  #onLost(): void {
    for (const kind of this.#kinds.values()) {
      kind.dropAll(reasonError("NOT_OWNER", "this app has lost its session with the lease store"));
    }
    this.#options.ownership?.rejoin().catch((error) => {
      if (!this.#stopped) this.#options.log.error("this app can own no actors any more", { error });
    });
  }

  #onInstances(): void {
    this.#settledAt = this.#options.clock.now() + this.#options.config.RebalanceTime * 1000;
  }

  #tick(): void {
    if (this.#stopped) return;
    for (const kind of this.#kinds.values()) kind.watch();
    const { clock, app, mesh, config, ownership } = this.#options;
    const instances = mesh.instances();
    const ring = new Rendezvous(instances);
    const ownerOf = (id: string) => instances[ring.owner(id)];
    for (const { kind, ids } of this.#always) {
      for (const id of ids) if (ownerOf(id) === app.app && kind.find(id) === undefined) kind.activate(id);
    }
    if (config.RebalanceTime > 0 && ownership !== undefined && clock.now() >= this.#settledAt) {
      this.#settledAt = Number.POSITIVE_INFINITY;
      for (const kind of this.#kinds.values()) this.#rebalance(kind, ownerOf);
    }
    this.#timer = clock.after(watchMs, () => this.#tick());
  }

  /** Idle actors move to the instance that owns their id; busy ones are moved when the instances change again. */
  #rebalance(kind: ActorKind, ownerOf: (id: string) => string | undefined): void {
    for (const id of kind.ids()) {
      const owner = ownerOf(id);
      const activation = kind.find(id);
      if (owner === undefined || owner === this.#options.app.app || !activation?.isFree) continue;
      kind
        .handOver(id, owner)
        .then((state) => this.#tellTarget(kind, owner, id, state))
        .catch((error) => this.#options.log.warn("an actor could not be moved", { actor: activation.name, error }));
    }
  }
}

async function withTimeout<T>(work: Promise<T>, timeoutMs: number, clock: Clock, id: string): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = clock.after(timeoutMs, () =>
    reject(reasonError("NO_SESSION", `the claim of ${id} was not to be had within AllocLeaseTimeOut`)),
  );
  try {
    return await Promise.race([work, promise]);
  } finally {
    timer.cancel();
  }
}
