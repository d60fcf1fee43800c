import type { EntityHost } from "../../entity/entity-host.ts";
import type { Clock } from "../../meta/clock.ts";
import type { DeadlineWheel } from "../../meta/deadline-wheel.ts";
import { type M3Error, reasonError } from "../../meta/error.ts";
import type { DbScope } from "../../plugin/db.ts";
import type { Logger } from "../../plugin/log.ts";
import type { Meter } from "../../plugin/metric.ts";
import type { ClientFactory } from "../../rpc/client-factory.ts";
import type { MailboxObserver } from "../../telemetry/mailbox-observer.ts";
import { Activation } from "./activation.ts";
import type { ActivationHost, WatchedActor } from "./activation-host.ts";
import type { Actor, ActorClass, ExitReason } from "./actor.ts";
import type { ActorApp } from "./actor-app.ts";
import type { ActorClaim } from "./actor-claim.ts";
import type { ActorConfig } from "./actor-config.ts";
import type { ActorEntities } from "./actor-entities.ts";
import type { ActorVersions } from "./actor-versions.ts";
import { actorName } from "./call-chain.ts";
import type { MoveTarget } from "./departure.ts";
import { forEachPaced } from "./for-each-paced.ts";
import { heldElsewhere } from "./held-elsewhere.ts";
import { HolderHints } from "./holder-hints.ts";
import type { MovedActor } from "./moved-actor.ts";
import type { VersionMark } from "./version-mark.ts";

/** What the actors of one app share, whatever their kind. */
export interface ActorRuntime {
  readonly host: ActorApp;
  readonly clock: Clock;
  readonly wheel: DeadlineWheel;
  readonly log: Logger;
  readonly metrics: Meter;
  readonly mailboxes: MailboxObserver | undefined;
  readonly clients: ClientFactory;
  readonly config: ActorConfig;
  readonly resources: ActivationHost<Actor>["resources"];
  /** The longest a tick, a timer or `onInit` may take for its calls, in milliseconds. */
  readonly taskTimeoutMs: number;
  /** Gets a claim by its id. Rejects with HeldElsewhere. */
  claim(id: string): Promise<ActorClaim>;
  entities(owner: EntityHost): ActorEntities;
  versionMark(claim: string, owner: EntityHost): VersionMark | undefined;
  readonly versions: ActorVersions;
}

/** What runs in an actor, for logs; empty: nothing. */
export interface ActorTurn {
  readonly actor: string;
  readonly turn: string;
}

/** How long an actor that moves may keep its callers waiting before fewer move at a time, in milliseconds. */
const goodMs = 40;
/** How many actors move at a time at most while their app goes on, and when it ends. */
const [maxMoves, maxDepartures] = [16, 256] as const;
/** An app that ends does not wait for so many actors one after the other, however slow all is. */
const departureRounds = 16;
/** A turn that has run for longer, in milliseconds, is waited for where the actor is. */
const longTurnMs = 100;

/** The actors of one class on one app. */
export class ActorKind<A extends Actor = Actor> implements ActivationHost<A> {
  readonly name: string;
  readonly actorClass: ActorClass<A>;
  /** The periods of the config in milliseconds; 0: never. */
  readonly times: ActivationHost<A>["times"];
  /** Actors whose turn waits for something: what the watchdog looks at. */
  readonly running = new Set<WatchedActor>();
  /** Where actors are that are not here. */
  readonly holders: HolderHints;
  readonly #runtime: ActorRuntime;
  readonly #activations = new Map<string, Activation<A>>();
  readonly #always = new Set<string>();
  readonly #idleMs: number;
  /** Made once: text put together for each claim would be kept with it. */
  readonly #claimPrefix: string;
  /** Who waits for an actor to be activated, by its id. */
  readonly #awaited = new Map<string, PromiseWithResolvers<void>>();

  constructor(actorClass: ActorClass<A>, name: string, ticks: boolean, runtime: ActorRuntime) {
    this.actorClass = actorClass;
    this.name = name;
    this.#claimPrefix = `${name}/`;
    this.#runtime = runtime;
    this.holders = new HolderHints(runtime.clock);
    const { ActiveTimeOut, SaveTimeInter, TickTimeInter, MaxReqWaitTime } = runtime.config;
    this.#idleMs = ActiveTimeOut * 1000;
    this.times = {
      saveMs: SaveTimeInter * 1000,
      tickMs: ticks ? TickTimeInter : 0,
      waitMs: MaxReqWaitTime * 1000,
    };
  }

  get app(): ActorApp {
    return this.#runtime.host;
  }

  get clock(): Clock {
    return this.#runtime.clock;
  }

  get wheel(): DeadlineWheel {
    return this.#runtime.wheel;
  }

  get log(): Logger {
    return this.#runtime.log;
  }

  get metrics(): Meter {
    return this.#runtime.metrics;
  }

  get mailboxes(): MailboxObserver | undefined {
    return this.#runtime.mailboxes;
  }

  get clients(): ClientFactory {
    return this.#runtime.clients;
  }

  get config(): ActorConfig {
    return this.#runtime.config;
  }

  get resources(): ActivationHost<A>["resources"] {
    return this.#runtime.resources;
  }

  get taskTimeoutMs(): number {
    return this.#runtime.taskTimeoutMs;
  }

  get size(): number {
    return this.#activations.size;
  }

  find(id: string): Activation<A> | undefined {
    return this.#activations.get(id);
  }

  /** The ids of the actors in memory. */
  ids(): readonly string[] {
    return [...this.#activations.keys()];
  }

  /** The actors in memory with what runs in them. */
  turns(): readonly ActorTurn[] {
    return [...this.#activations.values()].map(({ name, turnName }) => ({ actor: name, turn: turnName }));
  }

  /** The ids of those that are active, or about to leave. */
  activeIds(): readonly string[] {
    return this.ids().filter((id) => this.#activations.get(id)?.state !== "activating");
  }

  /** Starts to activate an actor that is not in memory. What fails is told to the calls that wait for it. */
  activate(id: string, moved?: MovedActor): Activation<A> {
    const activation = new Activation(this, id);
    this.#activations.set(id, activation);
    this.holders.forget(id);
    void activation.start(moved);
    this.#awaited.get(id)?.resolve();
    this.#awaited.delete(id);
    return activation;
  }

  /** The same where no call waits that could be told: what fails is logged. */
  activateAlone(id: string, moved?: MovedActor): void {
    const activation = this.activate(id, moved);
    activation.ready().catch((error) => this.startFailed(id, error));
  }

  /** An actor that no call waits for could not be activated: that another app has it is no failure. */
  startFailed(id: string, error: unknown): void {
    if (heldElsewhere(error, this.claimId(id)) !== undefined) return;
    this.log.error("an actor could not be activated", { actor: actorName(this.name, id), error });
  }

  /**
   * Resolves with an active actor, activated by this when it is not in memory. Rejects with what keeps it from that, and with what
   * `mayActivate` throws, which is asked last.
   */
  async ensureActive(id: string, mayActivate: () => void): Promise<void> {
    await this.#activations.get(id)?.settled();
    mayActivate();
    await (this.#activations.get(id) ?? this.activate(id)).ready();
  }

  /** Resolves as soon as somebody activates the actor, or `ms` later. */
  async whenActivated(id: string, ms: number): Promise<void> {
    const awaited = this.#awaited.get(id) ?? Promise.withResolvers<void>();
    this.#awaited.set(id, awaited);
    const timer = this.clock.after(ms, () => {
      if (this.#awaited.get(id) === awaited) this.#awaited.delete(id);
      awaited.resolve();
    });
    await awaited.promise;
    timer.cancel();
  }

  /** Ids that live without being called. */
  get always(): ReadonlySet<string> {
    return this.#always;
  }

  keepActive(ids: readonly string[]): void {
    for (const id of ids) this.#always.add(id);
  }

  idleMs(id: string): number {
    return this.#always.has(id) ? 0 : this.#idleMs;
  }

  remove(activation: WatchedActor): void {
    if (this.#activations.get(activation.id) === activation) this.#activations.delete(activation.id);
  }

  /** The same on every app. */
  claimId(id: string): string {
    return this.#claimPrefix + id;
  }

  claim(id: string): Promise<ActorClaim> {
    return this.#runtime.claim(this.claimId(id));
  }

  entities(owner: EntityHost): ActorEntities {
    return this.#runtime.entities(owner);
  }

  versionMark(id: string, owner: EntityHost): VersionMark | undefined {
    return this.#runtime.versionMark(this.claimId(id), owner);
  }

  checkVersion(id: string, version: string): void {
    this.#runtime.versions.checkRuns(this.claimId(id), id, version);
  }

  /**
   * Ends an actor in order and gives its claim to `target`. Rejects with NOT_OWNER when it is not here, with FENCED when its claim
   * does not have this counter.
   */
  handOver(id: string, target: MoveTarget, counter?: bigint): Promise<MovedActor> {
    return this.#onceActive(id, (activation) => {
      if (counter !== undefined) checkCounter(activation.scope(), counter, activation.name);
      return activation.leave("moved", target);
    });
  }

  /** Ends an actor in order. Rejects with NOT_OWNER when it is not here, and when its changes could not be saved. */
  async end(id: string): Promise<void> {
    await this.#onceActive(id, (activation) => activation.leave("requested"));
  }

  async #onceActive(id: string, work: (activation: Activation<A>) => Promise<MovedActor>): Promise<MovedActor> {
    for (;;) {
      const activation = this.#activations.get(id);
      if (activation === undefined) throw reasonError("NOT_OWNER", `${this.name} ${id} is not active here`);
      if (activation.state === "active") return work(activation);
      await activation.settled();
    }
  }

  /**
   * Ends every actor in order, `targetOf` saying who takes it over, undefined: nobody yet. One that something runs in leaves when
   * that is over, and keeps no other waiting.
   */
  async leaveAll(reason: ExitReason, targetOf: (id: string) => MoveTarget | undefined): Promise<void> {
    const busy: Promise<number>[] = [];
    const least = Math.min(maxDepartures, Math.ceil(this.size / departureRounds));
    await forEachPaced(this.ids(), { least, limit: maxDepartures, goodMs }, async (id) => {
      const activation = this.#activations.get(id);
      if (activation === undefined) return 0;
      const { isFree } = activation;
      const left = this.#leave(activation, reason, targetOf);
      if (isFree) return left;
      busy.push(left);
      return 0;
    });
    await Promise.all(busy);
  }

  /** Resolves with how long its callers had to wait for that, in milliseconds. Never rejects. */
  async #leave(
    activation: Activation<A>,
    reason: ExitReason,
    targetOf: (id: string) => MoveTarget | undefined,
  ): Promise<number> {
    await activation.settled();
    if (activation.state !== "active") return 0;
    const target = targetOf(activation.id);
    try {
      const { pausedMs = 0 } = await activation.leave(target === undefined ? reason : "moved", target);
      return pausedMs;
    } catch (error) {
      activation.log.error("the actor could not leave in order", { error });
      return 0;
    }
  }

  /**
   * Moves actors to where they belong, also those that are called all the time: each leaves after the calls that wait for it now, and later
   * ones go on where it is then. Resolves with how many could not leave soon.
   */
  async moveAll(targetOf: (id: string) => MoveTarget | undefined): Promise<number> {
    let late = 0;
    const displaced = [...this.#activations.values()].filter(({ id }) => targetOf(id) !== undefined);
    // Hardly anybody waits for those that come first, while a new app is slow.
    displaced.sort((a, b) => a.idleSince - b.idleSince);
    await forEachPaced(displaced, { limit: maxMoves, goodMs }, async (activation) => {
      const target = targetOf(activation.id);
      if (target === undefined || activation.state === "gone") return 0;
      if (!activation.leavesSoon(longTurnMs)) {
        late++;
        return 0;
      }
      return this.#leave(activation, "moved", () => target);
    });
    return late;
  }

  /** Changes that are not saved yet leave within `ms`, spread over that time. */
  saveAllWithin(ms: number): void {
    for (const activation of this.#activations.values()) activation.saveWithin(ms * Math.random());
  }

  /** Drops every actor without saving: this app owns none any more. */
  dropAll(error: M3Error): void {
    for (const activation of [...this.#activations.values()]) activation.drop(error);
  }

  /** Names turns that take too long, and gives up those that take far too long. Called about once a second. */
  watch(): void {
    const { StuckTurnTime, EvictTurnTime } = this.config;
    const now = this.clock.now();
    for (const activation of this.running) {
      const { turnStartedAt } = activation;
      if (turnStartedAt === undefined) continue;
      const seconds = (now - turnStartedAt) / 1000;
      if (EvictTurnTime > 0 && seconds >= EvictTurnTime) {
        this.log.error("a stuck actor is given up", { actor: activation.name, turn: activation.turnName, seconds });
        const error = reasonError(
          "NOT_OWNER",
          `${activation.name} was given up: its turn ${activation.turnName} took longer than EvictTurnTime`,
        );
        void activation.evict(error);
      } else if (StuckTurnTime > 0 && seconds >= StuckTurnTime) {
        activation.warnStuck(seconds);
      }
    }
  }
}

/** Who asks for an actor has seen who owns it. An owner that owns it anew by now does not give it away. */
function checkCounter(scope: DbScope | undefined, counter: bigint, actor: string): void {
  if (scope === undefined || scope.fence.counter === counter) return;
  throw reasonError("FENCED", `${actor} changed hands since it was seen here; look again`);
}
