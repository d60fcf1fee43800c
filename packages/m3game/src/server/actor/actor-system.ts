import { ActorControlSer } from "../../../gen/m3/actor_control_pb.js";
import type { EntityHost } from "../../entity/entity-host.ts";
import type { AppId } from "../../meta/app-id.ts";
import type { Clock, Timer } from "../../meta/clock.ts";
import { Code } from "../../meta/code.ts";
import { DeadlineWheel } from "../../meta/deadline-wheel.ts";
import { M3Error, reasonError } from "../../meta/error.ts";
import type { Ownership } from "../../ownership/ownership.ts";
import type { LeaseHolder } from "../../plugin/lease.ts";
import type { Logger } from "../../plugin/log.ts";
import type { Meter } from "../../plugin/metric.ts";
import type { ResourceSet } from "../../resource/resource-set.ts";
import type { Client } from "../../rpc/client.ts";
import type { ClientFactory } from "../../rpc/client-factory.ts";
import { type ClientDefinition, defineClient } from "../../rpc/define-client.ts";
import { p2p } from "../../rpc/route.ts";
import type { Telemetry } from "../../telemetry/telemetry.ts";
import type { Server } from "../server.ts";
import { Actor, type ActorClass } from "./actor.ts";
import type { ActorApp } from "./actor-app.ts";
import { type ActorClaim, OwnedActorClaim, unclaimed } from "./actor-claim.ts";
import type { ActorConfig } from "./actor-config.ts";
import { type ActorControl, type ActorRequest, actorControl } from "./actor-control.ts";
import type { ActorEntities } from "./actor-entities.ts";
import type { ActorHosting } from "./actor-hosting.ts";
import { ActorKind, type ActorTurn } from "./actor-kind.ts";
import type { ActorVersions } from "./actor-versions.ts";
import type { Actors } from "./actors.ts";
import type { MoveTarget } from "./departure.ts";
import { HeldElsewhere } from "./held-elsewhere.ts";
import { type MovedActor, nothingMoved } from "./moved-actor.ts";
import { ranOnNewer } from "./ran-on-newer.ts";
import type { VersionMark } from "./version-mark.ts";

const watchMs = 1000;
/** What an app that was asked for an actor may say although it has given it away, or does not have it any more. */
const mayHaveMoved: ReadonlySet<string> = new Set(["UNKNOWN_OUTCOME", "MESSAGE_TOO_LARGE", "FENCED"]);
/** How soon unsaved changes leave once the session is in doubt: while it lasts they still count. */
const doubtSaveMs = 1000;

/** What actors need to know of the instances of their service. */
export interface ActorMesh {
  /** True for a registered instance of this app's service. */
  has(app: string): boolean;
  /** Tells which of the instances that there are now owns an id. */
  ring(): (id: string) => string | undefined;
  /** Calls `listener` after each change of them. */
  onChange(listener: () => void): void;
}

export interface ActorSystemOptions {
  readonly app: AppId;
  /** What actors see of their app. */
  readonly host: ActorApp;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Meter;
  /** Undefined in an app without a metric and a trace plugin. */
  readonly telemetry: Telemetry | undefined;
  readonly clients: ClientFactory;
  readonly config: ActorConfig;
  /** What turns read; the current set may change at any time. */
  readonly resources: { readonly current: ResourceSet };
  /** The longest a tick, a timer or `onInit` may take for its calls, in milliseconds. */
  readonly taskTimeoutMs: number;
  /** Undefined: no claims, and only versions tell when two apps wrote. */
  readonly ownership: Ownership | undefined;
  readonly mesh: ActorMesh;
  readonly versions: ActorVersions;
  /** That of this app; empty: it has none. */
  readonly version: string;
  readonly entities: (owner: EntityHost) => ActorEntities;
  readonly versionMark: (claim: string, owner: EntityHost) => VersionMark | undefined;
}

/** The actors of one app: their kinds, their claims, and who takes them over. */
export class ActorSystem implements ActorHosting, ActorControl {
  readonly control: Server;
  readonly #options: ActorSystemOptions;
  readonly #controlClient: ClientDefinition<typeof ActorControlSer>;
  readonly #wheel: DeadlineWheel;
  readonly #kinds = new Map<ActorClass<Actor>, ActorKind>();
  /** Actors that come from other apps at the request of this one, by their claims. */
  readonly #arriving = new Map<string, Promise<void>>();
  #timer: Timer | undefined;
  /** When actors are moved to where they belong. */
  #rebalanceAt = Number.POSITIVE_INFINITY;
  #isRebalancing = false;
  #stopped = false;

  constructor(options: ActorSystemOptions) {
    this.#options = options;
    this.#wheel = new DeadlineWheel(options.clock);
    this.control = actorControl(this);
    this.#controlClient = defineClient(ActorControlSer, { func: options.app.func });
    options.mesh.onChange(() => this.#onInstances());
    options.ownership?.onState((state) => {
      if (state === "lost") this.#onLost();
      else if (state === "doubt") for (const kind of this.#kinds.values()) kind.saveAllWithin(doubtSaveMs);
    });
  }

  /** The kind of a class, the same for all services that host it. */
  kind<A extends Actor>(actorClass: ActorClass<A>, always: readonly string[]): ActorKind<A> {
    const { app, config } = this.#options;
    const found = this.#kinds.get(actorClass);
    const prefix = config.LeasePrefix ?? app.func;
    const kind = found ?? this.#makeKind(actorClass, `${prefix}/${actorClass.kind ?? actorClass.name}`);
    kind.keepActive(always);
    // Kinds are kept by their class, which is what A stands for.
    return kind as ActorKind<A>;
  }

  /** The actors of a class. Throws RangeError when this app hosts none of it. */
  actors(actorClass: ActorClass<Actor>): Actors {
    const kind = this.#kinds.get(actorClass);
    if (kind === undefined) throw new RangeError(`this app hosts no actors of ${actorClass.name}`);
    return {
      list: () => kind.activeIds(),
      activate: async (id) => {
        await kind.ensureActive(id, () => this.#checkOpen());
      },
      handOver: (id, targetApp) => this.move(kind, id, targetApp),
    };
  }

  /**
   * Saves an actor of this app and gives it to another instance. Rejects with NOT_OWNER when it is not active here, with
   * OLDER_VERSION when it must not go there.
   */
  async move(kind: ActorKind, id: string, targetApp: string): Promise<void> {
    if (!this.isReachable(targetApp)) {
      throw reasonError("NO_INSTANCE", `${targetApp} is no other registered instance of ${this.#options.app.service}`);
    }
    this.#options.versions.checkGoes(kind.claimId(id), id, targetApp);
    await kind.handOver(id, this.#target(kind, id, targetApp));
  }

  /** The kinds of actors that this app hosts. */
  get kinds(): Iterable<ActorKind> {
    return this.#kinds.values();
  }

  kindNamed(name: string): ActorKind | undefined {
    return [...this.#kinds.values()].find((kind) => kind.name === name);
  }

  /** Throws BAD_REQUEST for a kind that this app does not host. */
  kindOf(name: string): ActorKind {
    const kind = this.kindNamed(name);
    if (kind === undefined) throw reasonError("BAD_REQUEST", `this app has no actors of kind ${name}`);
    return kind;
  }

  /** How many actors are in memory, by their kinds. */
  sizes(): readonly (readonly [kind: string, actors: number])[] {
    return [...this.#kinds.values()].map(({ name, size }) => [name, size]);
  }

  /** What is in memory, with what runs in it. */
  turns(): readonly ActorTurn[] {
    return [...this.#kinds.values()].flatMap((kind) => kind.turns());
  }

  /** Begins to watch turns, and until it drains to keep always-active actors. */
  start(): void {
    this.#tick();
  }

  /**
   * Activates none any more and ends every actor in order, each as soon as its calls are answered; those that another instance can have
   * move there.
   */
  async drain(): Promise<void> {
    this.#stopped = true;
    const arriving = Promise.allSettled(this.#arriving.values());
    await Promise.all([this.#leaveAll(), arriving.then(() => this.#leaveAll())]);
  }

  [Symbol.dispose](): void {
    this.#stopped = true;
    this.#timer?.cancel();
    for (const kind of this.#kinds.values()) kind.dropAll(this.#stopping());
    this.#wheel[Symbol.dispose]();
  }

  mayActivate(): boolean {
    this.#checkOpen();
    return this.#options.config.AutoCreate;
  }

  get patienceMs(): number {
    return this.#options.config.WaitFreeLeaseTimeOut * 1000;
  }

  async holder(kind: ActorKind, id: string): Promise<LeaseHolder | undefined> {
    return await this.#options.ownership?.holder(kind.claimId(id));
  }

  isReachable(app: string): boolean {
    return app !== this.#options.app.app && this.#options.mesh.has(app);
  }

  ownerFrom(version: string, id: string): string | undefined {
    return this.#options.versions.ownerFrom(version, id);
  }

  arriving(kind: ActorKind, id: string): Promise<void> | undefined {
    return this.#arriving.get(kind.claimId(id))?.catch(() => {});
  }

  takeOver(kind: ActorKind, id: string, from: LeaseHolder): Promise<void> {
    const claimId = kind.claimId(id);
    let arriving = this.#arriving.get(claimId);
    if (arriving === undefined) {
      arriving = this.#takeOver(kind, id, from).finally(() => this.#arriving.delete(claimId));
      this.#arriving.set(claimId, arriving);
    }
    return arriving;
  }

  async handOver({ kind: kindName, id, targetApp, counter }: ActorRequest): Promise<MovedActor> {
    const kind = this.kindOf(kindName);
    if (kind.find(id) !== undefined) {
      this.#options.versions.checkGoes(kind.claimId(id), id, targetApp);
      return this.#fromHere(await kind.handOver(id, { app: targetApp }, counter));
    }
    // This app has the claim and not the actor, as after a failed start: nothing needs to be saved.
    const result = await this.#options.ownership?.acquire(kind.claimId(id));
    if (result?.status === "acquired" && kind.find(id) === undefined) await result.claim.transfer(targetApp);
    return nothingMoved;
  }

  takeIn(kindName: string, id: string, moved: MovedActor): void {
    this.#checkOpen();
    const kind = this.kindOf(kindName);
    // Whoever has called it meanwhile has activated it.
    if (kind.find(id) === undefined) kind.activateAlone(id, moved);
  }

  async #leaveAll(): Promise<void> {
    const { versions, ownership } = this.#options;
    const ownerOf = versions.successors();
    const leave = (kind: ActorKind) =>
      kind.leaveAll("stopped", (id) => {
        const target = ownership === undefined ? undefined : ownerOf(id);
        return target === undefined ? undefined : this.#target(kind, id, target);
      });
    await Promise.all([...this.#kinds.values()].map(leave));
  }

  async #takeOver(kind: ActorKind, id: string, { app: from, counter }: LeaseHolder): Promise<void> {
    this.#checkOpen();
    const { app, config } = this.#options;
    const request = { kind: kind.name, id, targetApp: app.app, counter };
    const timeoutMs = config.WaitFreeLeaseTimeOut * 1000;
    let moved: MovedActor | undefined;
    try {
      ({ moved } = await this.#control(from).handOver(request, timeoutMs > 0 ? { timeoutMs } : {}));
    } catch (error) {
      const { code, reason, message } = M3Error.from(error);
      if (code === Code.DEADLINE_EXCEEDED || reason === "UNAUTHENTICATED_PEER") {
        throw reasonError("NOT_OWNER", `${from} did not hand ${kind.name} ${id} over in time`, { cause: error });
      }
      // It may be here though the answer was lost or too large, or free: the claim tells.
      const isRefused = code !== Code.UNAVAILABLE || reason === "OLDER_VERSION";
      if (!mayHaveMoved.has(reason ?? "") && isRefused) throw error;
      this.#options.log.debug("a holder did not hand an actor over", { actor: `${kind.name}/${id}`, from, message });
    }
    if (kind.find(id) === undefined) kind.activate(id, moved);
  }

  #checkOpen(): void {
    if (this.#stopped) throw this.#stopping();
  }

  #stopping(): M3Error {
    return reasonError("DRAINING", `${this.#options.app.app} is shutting down`);
  }

  #makeKind(actorClass: ActorClass<Actor>, name: string): ActorKind {
    if (this.kindNamed(name) !== undefined) {
      throw reasonError(
        "DUPLICATE_SERVICE",
        `two classes of actors are named ${name}: give one of them a static readonly kind`,
      );
    }
    const ticks = actorClass.prototype.onTick !== Actor.prototype.onTick;
    const kind = new ActorKind(actorClass, name, ticks, {
      ...this.#options,
      wheel: this.#wheel,
      mailboxes: this.#options.telemetry?.mailbox(name),
      claim: (id) => this.#claim(id),
    });
    this.#kinds.set(actorClass, kind);
    return kind;
  }

  async #claim(id: string): Promise<ActorClaim> {
    const { ownership, config, clock } = this.#options;
    if (ownership === undefined) return unclaimed;
    const result = await inTime(ownership.acquire(id), config.AllocLeaseTimeOut * 1000, clock, id);
    if (result.status === "taken") throw new HeldElsewhere(id, result.holder, result.retryAfterMs);
    return new OwnedActorClaim(result.claim, ownership);
  }

  #control(app: string): Client<typeof ActorControlSer> {
    return this.#options.clients.client(this.#controlClient).to(p2p(app));
  }

  #target(kind: ActorKind, id: string, app: string): MoveTarget {
    return {
      app,
      onMoved: async (moved) => {
        try {
          const { rows, ...rest } = this.#fromHere(moved);
          await this.#control(app).takeOver({ kind: kind.name, id, moved: { ...rest, rows: [...rows] } });
        } catch (error) {
          // The claim is its own already: it activates the actor from the store when it is called.
          const actor = `${kind.name}/${id}`;
          this.#options.log.warn("an actor moved without what onMoveOut gave", { actor, target: app, error });
        }
      },
    };
  }

  #fromHere(moved: MovedActor): MovedActor {
    return { ...moved, version: this.#options.version };
  }

  /** Activates an actor that lives without being called, here or on an app of a version that it may run on. */
  #keepActive(kind: ActorKind, id: string): void {
    kind
      .activate(id)
      .ready()
      .catch(async (error) => {
        const newer = ranOnNewer(error, kind.claimId(id));
        const app = newer && this.ownerFrom(newer.version, id);
        if (app === undefined) return kind.startFailed(id, error);
        await this.#control(app).takeOver({ kind: kind.name, id });
      })
      .catch((error) => kind.startFailed(id, error));
  }

  #onLost(): void {
    for (const kind of this.#kinds.values()) {
      kind.dropAll(reasonError("NOT_OWNER", "this app has lost its session with the lease store"));
    }
  }

  #onInstances(): void {
    const { RebalanceTime } = this.#options.config;
    if (RebalanceTime > 0) this.#rebalanceAt = this.#options.clock.now() + RebalanceTime * 1000;
  }

  #tick(): void {
    for (const kind of this.#kinds.values()) kind.watch();
    if (!this.#stopped) this.#keepPlaces();
    this.#timer = this.#options.clock.after(watchMs, () => this.#tick());
  }

  /** Activates the always-active actors that belong here, and moves those elsewhere that do not. */
  #keepPlaces(): void {
    const { clock, app, mesh, ownership } = this.#options;
    const ownerOf = mesh.ring();
    for (const kind of this.#kinds.values()) {
      for (const id of kind.always) {
        if (ownerOf(id) === app.app && kind.find(id) === undefined) this.#keepActive(kind, id);
      }
    }
    if (ownership !== undefined && clock.now() >= this.#rebalanceAt && !this.#isRebalancing) {
      void this.#rebalance(ownerOf);
    }
  }

  /** Actors move to the instance that owns their id, unless it is of an older version; those in a long turn get another chance. */
  async #rebalance(ownerOf: (id: string) => string | undefined): Promise<void> {
    const { versions } = this.#options;
    this.#isRebalancing = true;
    this.#rebalanceAt = Number.POSITIVE_INFINITY;
    let late = 0;
    for (const kind of this.#kinds.values()) {
      late += await kind.moveAll((id) => {
        const owner = ownerOf(id);
        if (owner === undefined || !this.isReachable(owner) || !versions.mayGo(id, owner)) return undefined;
        return this.#target(kind, id, owner);
      });
    }
    this.#isRebalancing = false;
    if (late > 0) this.#rebalanceAt = Math.min(this.#rebalanceAt, this.#options.clock.now() + watchMs);
  }
}

/** What `work` gives within `limitMs`; 0: whenever it does. What comes later is had by the next who asks. */
async function inTime<T>(work: Promise<T>, limitMs: number, clock: Clock, id: string): Promise<T> {
  if (limitMs === 0) return work;
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = clock.after(limitMs, () =>
    reject(reasonError("NO_SESSION", `the claim of ${id} was not to be had within AllocLeaseTimeOut`)),
  );
  try {
    return await Promise.race([work, promise]);
  } finally {
    timer.cancel();
  }
}
