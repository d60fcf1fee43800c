import type { DescMessage, DescService, Message } from "@bufbuild/protobuf";
import type { Entity } from "../../entity/entity.ts";
import type { EntityDefinition } from "../../entity/entity-definition.ts";
import type { EntityHost } from "../../entity/entity-host.ts";
import type { EntityStore } from "../../entity/entity-store.ts";
import type { MovedRow } from "../../entity/moved-row.ts";
import type { Timer } from "../../meta/clock.ts";
import { isM3Error, type M3Error, reasonError } from "../../meta/error.ts";
import type { DbScope } from "../../plugin/db.ts";
import type { Logger } from "../../plugin/log.ts";
import type { Meter } from "../../plugin/metric.ts";
import type { SpanContext } from "../../plugin/trace.ts";
import type { Resource } from "../../resource/resource.ts";
import type { Client } from "../../rpc/client.ts";
import type { ClientSource } from "../../rpc/define-client.ts";
import type { MaybePromise } from "../../rpc/interceptor.ts";
import { spanFields } from "../../telemetry/span-context.ts";
import { ServerCall, toResponse } from "../server-call.ts";
import type { ActivationHost } from "./activation-host.ts";
import type { Actor, ExitReason } from "./actor.ts";
import type { ActorApp } from "./actor-app.ts";
import type { ActorClaim } from "./actor-claim.ts";
import type { ActorEntities } from "./actor-entities.ts";
import type { ActorHost } from "./actor-host.ts";
import { ActorSchedule } from "./actor-schedule.ts";
import { actorName, chainHolds, extendChain, showChain } from "./call-chain.ts";
import { Departure, type MoveTarget } from "./departure.ts";
import { Mailbox, WaitingCall } from "./mailbox.ts";
import type { MovedActor } from "./moved-actor.ts";
import { ranOnNewer } from "./ran-on-newer.ts";
import { TaskTurn } from "./task-turn.ts";
import type { VersionMark } from "./version-mark.ts";

/** Runs the handler of a method on an actor. */
export type ActorRunner<A extends Actor> = (actor: A, call: ServerCall) => unknown;

/**
 * `activating`: its claim and data are being had; calls wait. `leaving`: its last turns run; new calls wait until it is
 * gone. `gone`: nothing of it may run, be saved or be answered any more.
 */
export type ActivationState = "activating" | "active" | "leaving" | "gone";

/** One actor while it is in memory: its mailbox, its turns, and its way in and out. */
export class Activation<A extends Actor = Actor> implements ActorHost, EntityHost {
  readonly id: string;
  readonly kind: ActivationHost<A>;
  state: ActivationState = "activating";
  /** Since when the turn that runs waits for something, on the app's clock; undefined when none does. */
  turnStartedAt: number | undefined;
  savingState: unknown = undefined;
  #actor: A | undefined;
  #claim: ActorClaim | undefined;
  /** Until it says that the actor has run on this app's version. */
  #mark: VersionMark | undefined;
  #entities: ActorEntities | undefined;
  #turn: ServerCall | TaskTurn | undefined;
  #isPumping = false;
  #departure: Departure | undefined;
  #onGone: (() => void)[] | undefined;
  #starting: PromiseWithResolvers<void> | undefined;
  #warnedTurn: ServerCall | TaskTurn | undefined;
  readonly #schedule: ActorSchedule;
  /** Undefined when nothing waits: an idle actor takes less memory without. */
  #mailbox: Mailbox | undefined;

  constructor(kind: ActivationHost<A>, id: string) {
    this.kind = kind;
    this.id = id;
    this.#schedule = new ActorSchedule(this, kind.idleMs(id));
  }

  /** Its name in call chains, logs and claims. */
  get name(): string {
    return actorName(this.kind.name, this.id);
  }

  get waitingCalls(): number {
    return this.#mailbox?.calls ?? 0;
  }

  /** The entities whose keys are made of its id. */
  get ownEntities(): readonly Entity[] {
    return this.#entities?.own ?? [];
  }

  /** What runs now, for logs. */
  get turnName(): string {
    return this.#turn?.name ?? "";
  }

  get app(): ActorApp {
    return this.kind.app;
  }

  get log(): Logger {
    const context = this.#turn instanceof ServerCall ? this.#turn.span?.context : undefined;
    return this.kind.log.child({ actor: this.name, ...(context && spanFields(context)) });
  }

  get metrics(): Meter {
    return this.kind.metrics;
  }

  /** True when a call could run right now. */
  get isFree(): boolean {
    return this.state === "active" && this.#turn === undefined && (this.#mailbox?.isEmpty ?? true);
  }

  /** When it ran its last call, or began, on the app's clock. */
  get idleSince(): number {
    return this.#schedule.idleSince;
  }

  /** False for one that does not serve calls, or whose turn runs for longer than `ms` already: nobody knows when that ends. */
  leavesSoon(ms: number): boolean {
    const { turnStartedAt } = this;
    return this.state === "active" && (turnStartedAt === undefined || this.kind.clock.now() - turnStartedAt <= ms);
  }

  /** True while this app may run it and write for it. */
  owns(): boolean {
    return this.state !== "gone" && (this.#claim?.isHeld() ?? false);
  }

  /** Gets its claim, makes the actor and runs its first turn. What fails is given to every call that waits. */
  async start(moved: MovedActor | undefined): Promise<void> {
    const from = this.kind.clock.now();
    try {
      this.#claim = await this.kind.claim(this.id);
      this.checkOwned();
      const actor = new this.kind.actorClass(this);
      this.#actor = actor;
      await this.runTask("onInit", async () => {
        if (moved !== undefined) this.#entities?.adopt(moved.rows);
        await this.#checkVersion(moved);
        await actor.onInit();
        if (moved !== undefined && moved.state.length > 0) await actor.onMoveIn(moved.state);
        this.#entities?.forgetMoved();
        // What stores nothing leaves no mark: there may be any number of such actors.
        if (this.#entities !== undefined) await this.#setMark();
      });
      this.checkOwned();
    } catch (error) {
      return this.#failStart(error);
    }
    this.state = "active";
    this.#starting?.resolve();
    this.#starting = undefined;
    this.#schedule.start();
    if (moved?.pausedMs !== undefined) {
      this.log.debug("an actor has moved here", { pausedMs: moved.pausedMs + this.kind.clock.now() - from });
    }
    this.pump();
  }

  /** Runs a call: at once when the actor is free, else when its turn comes. */
  accept(call: ServerCall, runner: ActorRunner<A>): MaybePromise<Message> {
    if (this.isWaitedFor(call)) return this.#acceptReturning(call, runner);
    if (this.isFree) return this.#runCall(call, runner);
    this.#checkRoom();
    const { clock, times, wheel, mailboxes } = this.kind;
    const deadline = times.waitMs > 0 ? clock.now() + times.waitMs : Number.POSITIVE_INFINITY;
    return new Promise((resolve, reject) => {
      const run = () => {
        try {
          resolve(this.#runCall(call, runner));
        } catch (error) {
          reject(error);
        }
      };
      const waiting = new WaitingCall(call, deadline, this.name, run, reject, mailboxes?.enter(call));
      wheel.add(waiting);
      this.#mailbox ??= new Mailbox();
      this.#mailbox.pushCall(waiting);
    });
  }

  /**
   * Ends it after the calls that wait, those of them refused that still do `WaitFreeLeaseTimeOut` later: saves, last turns,
   * claim given up, or to `target`. Resolves with what moves along. Rejects when its changes could not be saved: it
   * then stays, and with NOT_OWNER when it was dropped meanwhile.
   */
  async leave(reason: ExitReason, target?: MoveTarget): Promise<MovedActor> {
    if (this.state !== "active") throw this.notOwner();
    const departure = new Departure(reason, target, this.kind.clock);
    this.state = "leaving";
    this.#departure = departure;
    this.#schedule.stop();
    const waitMs = this.kind.config.WaitFreeLeaseTimeOut * 1000;
    const timer = waitMs > 0 ? this.kind.clock.after(waitMs, () => this.#refuseWaiting()) : undefined;
    this.pump();
    try {
      return await departure.done;
    } finally {
      timer?.cancel();
    }
  }

  /** Ends it at once, without saving: its ownership is lost, or it is stuck. */
  drop(error: M3Error): void {
    if (this.state === "gone") return;
    const turn = this.#turn;
    const departure = this.#departure;
    this.#remove(error);
    departure?.fail(error);
    if (turn instanceof TaskTurn) turn.abort(error);
    else turn?.abandon(this.#unknownOutcome(turn));
  }

  /** Drops it, and gives up its claim: the next owner has a newer fence, and what this one still writes is refused. */
  async evict(error: M3Error): Promise<void> {
    this.drop(error);
    await this.releaseClaim();
  }

  /** Resolves when it is active. Rejects with what kept it from that. */
  ready(): Promise<void> {
    if (this.state === "active") return Promise.resolve();
    if (this.state !== "activating") return Promise.reject(this.notOwner());
    this.#starting ??= Promise.withResolvers<void>();
    return this.#starting.promise;
  }

  /** Resolves when it is active or gone. */
  async settled(): Promise<void> {
    if (this.state === "activating") await this.ready().catch(() => {});
    if (this.state === "leaving") await this.whenGone();
  }

  /** Resolves when it is gone, or stays after all. */
  whenGone(): Promise<void> {
    if (this.state === "gone") return Promise.resolve();
    return new Promise((resolve) => {
      this.#onGone ??= [];
      this.#onGone.push(resolve);
    });
  }

  /** Logs once for each turn that it takes too long. */
  warnStuck(seconds: number): void {
    if (this.#warnedTurn === this.#turn) return;
    this.#warnedTurn = this.#turn;
    this.log.error("a turn takes too long", { turn: this.turnName, seconds });
  }

  /** Changes that are not saved yet leave within `ms`. */
  saveWithin(ms: number): void {
    if (this.state === "active") this.#schedule.saveWithin(ms);
  }

  entity<S extends DescMessage, F extends number, V extends number>(
    definition: EntityDefinition<S, F, V>,
  ): Entity<S, F, V> {
    this.#entities ??= this.kind.entities(this);
    return this.#entities.add(definition, this.id);
  }

  get entities(): EntityStore {
    if (this.#entities === undefined && this.state === "active") {
      this.#setMark().catch((error) => this.log.error("the version of the actor could not be stored", { error }));
    }
    this.#entities ??= this.kind.entities(this);
    return this.#entities.others;
  }

  scope(): DbScope | undefined {
    return this.#claim?.scope;
  }

  spanContext(): SpanContext | undefined {
    return this.#turn?.spanContext;
  }

  deadline(): number {
    return this.#claim?.deadline ?? Number.NEGATIVE_INFINITY;
  }

  onFenced(error: M3Error): void {
    this.log.warn("another owner has taken over; the actor is dropped", { error });
    this.#claim?.refused();
    void this.evict(this.notOwner(error));
  }

  onSaveFailed(error: M3Error): void {
    this.log.error("changes of the actor could not be saved", { error });
  }

  client<S extends DescService>(source: ClientSource<S>): Client<S> {
    return this.kind.clients.client(source, this.#runningTurn("make calls"));
  }

  resource<T>(resource: Resource<T>): T {
    return this.#runningTurn("read resources").resource(resource);
  }

  timer(delayMs: number, intervalMs: number | undefined, task: () => MaybePromise<void>): Timer {
    return this.#schedule.timer(delayMs, intervalMs, task);
  }

  exit(): void {
    if (this.state === "active") this.#leaveAlone("requested");
  }

  onTick(): MaybePromise<void> {
    return this.#actor?.onTick();
  }

  onIdle(): void {
    this.#leaveAlone("idle");
  }

  async onSave(): Promise<void> {
    try {
      await this.#actor?.onSave();
    } finally {
      await this.#scheduleSave();
    }
  }

  /** Has a turn run as soon as no other does. */
  queue(name: string, task: () => MaybePromise<void> | undefined): void {
    this.#mailbox ??= new Mailbox();
    this.#mailbox.pushTask(() => {
      if (!this.owns()) return this.drop(this.notOwner());
      this.runTask(name, task).catch((error) => this.log.error("a turn failed", { turn: name, error }));
    });
  }

  /** Runs a turn that no call started. */
  async runTask(name: string, task: () => MaybePromise<void> | undefined): Promise<void> {
    const turn = new TaskTurn({
      name: `${this.name} ${name}`,
      deadline: this.kind.clock.now() + this.kind.taskTimeoutMs,
      chain: this.name,
      log: this.kind.log,
      resources: this.kind.resources,
    });
    this.#turn = turn;
    this.#watch();
    try {
      await task();
    } finally {
      turn.end();
      this.#end();
    }
  }

  /** Runs what waits, unless a turn does. */
  pump(): void {
    if (this.#isPumping || this.state === "activating") return;
    this.#isPumping = true;
    while (this.#turn === undefined && this.state !== "gone") {
      const task = this.#mailbox?.takeTask();
      if (task !== undefined) {
        task();
        continue;
      }
      const waiting = this.#mailbox?.takeCall();
      if (waiting === undefined) {
        this.#mailbox = undefined;
        break;
      }
      this.#runWaiting(waiting);
    }
    this.#isPumping = false;
    const departure = this.#departure;
    if (departure === undefined || departure.isUnderWay || this.#turn !== undefined || this.state === "gone") return;
    void this.#depart(departure);
  }

  async flush(): Promise<void> {
    // Without it whoever is called next would not know that it has run on this version.
    if (this.#entities !== undefined) await this.#setMark();
    await this.#entities?.flush();
  }

  confirmedRows(): readonly MovedRow[] {
    return this.#entities?.confirmed() ?? [];
  }

  /** Gives its claim up. What fails is logged: nobody else gets it then before this app's session ends. */
  async releaseClaim(): Promise<void> {
    await this.#claim?.release().catch((error) => this.log.warn("a claim could not be given up", { error }));
  }

  async transferClaim(targetApp: string): Promise<void> {
    await this.#claim?.transfer(targetApp);
    this.kind.holders.set(this.id, targetApp);
  }

  /** Drops it and throws NOT_OWNER when this app does not own it any more. */
  checkOwned(): void {
    if (this.owns()) return;
    const error = this.notOwner();
    this.drop(error);
    throw error;
  }

  notOwner(cause?: unknown): M3Error {
    return reasonError("NOT_OWNER", `this app does not own ${this.name}`, { cause });
  }

  #leaveAlone(reason: ExitReason): void {
    this.leave(reason).catch((error) => this.log.error("the actor could not leave in order", { error }));
  }

  async #depart(departure: Departure): Promise<void> {
    const actor = this.#actor;
    const stays = actor === undefined ? true : await departure.run(this, actor);
    if (this.state === "gone") return;
    if (stays) {
      this.#departure = undefined;
      this.state = "active";
      this.#schedule.start();
      this.#tellGone();
      this.pump();
    } else {
      this.#remove(this.notOwner());
    }
    departure.end();
  }

  /** True for a call that comes back to this actor while its turn waits for that call. */
  isWaitedFor(call: ServerCall): boolean {
    return call.chain !== "" && this.#turn !== undefined && chainHolds(call.chain, this.name);
  }

  #runningTurn(what: string): ServerCall | TaskTurn {
    if (this.#turn !== undefined) return this.#turn;
    throw reasonError(
      "CONTEXT_ENDED",
      `${this.name} has no turn now: ${what} in a handler, a timer or onInit, and await what it waits for`,
    );
  }

  #acceptReturning(call: ServerCall, runner: ActorRunner<A>): MaybePromise<Message> {
    if (call.meta.reentrant && this.#actor !== undefined) {
      this.checkOwned();
      return this.#invoke(this.#actor, call, runner);
    }
    throw reasonError(
      "CALL_CYCLE",
      `the call comes back to an actor that waits for it: ${showChain(call.chain, this.name)}; mark ${call.method} reentrant if it may run meanwhile`,
    );
  }

  #checkRoom(): void {
    const { MaxReqChanSize: limit } = this.kind.config;
    if (this.waitingCalls < limit) return;
    // Callers that have left take no room from others.
    for (const waiting of this.#mailbox?.takeDropped() ?? []) this.#runWaiting(waiting);
    if (this.waitingCalls < limit) return;
    throw reasonError(
      "OVERLOADED",
      `${limit} calls wait for ${this.name}; MaxReqChanSize in [[Server.Actor]] allows no more`,
    );
  }

  #runWaiting(waiting: WaitingCall): void {
    const { clock, wheel } = this.kind;
    wheel.remove(waiting);
    waiting.run(clock.now());
  }

  #rejectWaiting(error: unknown): void {
    for (const waiting of this.#mailbox?.takeAllCalls() ?? []) {
      this.kind.wheel.remove(waiting);
      waiting.reject(error);
    }
  }

  #runCall(call: ServerCall, runner: ActorRunner<A>): MaybePromise<Message> {
    this.checkOwned();
    const actor = this.#actor;
    if (actor === undefined) throw this.notOwner();
    call.chain = extendChain(call.chain, this.name);
    this.#turn = call;
    let result: MaybePromise<Message>;
    try {
      result = this.#invoke(actor, call, runner);
    } catch (error) {
      this.#endCall();
      throw error;
    }
    if (!(result instanceof Promise)) {
      this.#endCall();
      return result;
    }
    this.#watch();
    const over = () => this.#endCall();
    result.then(over, over);
    return result;
  }

  #invoke(actor: A, call: ServerCall, runner: ActorRunner<A>): MaybePromise<Message> {
    call.begin();
    const result = runner(actor, call);
    if (!isThenable(result)) return this.#encode(call, result);
    return Promise.resolve(result).then(
      (value) => this.#encode(call, value),
      (error) => {
        throw this.owns() ? error : this.#unknownOutcome(call);
      },
    );
  }

  // Encoded before the turn ends: the response may hold the actor's own data, which the next turn changes.
  #encode(call: ServerCall, result: unknown): Message {
    if (!this.owns()) throw this.#unknownOutcome(call);
    return call.encode(toResponse(call.meta, result));
  }

  #unknownOutcome({ name }: ServerCall): M3Error {
    return reasonError(
      "UNKNOWN_OUTCOME",
      `this app ceased to own ${this.name} while ${name} ran: what it changed may not be saved`,
    );
  }

  // A turn that ends at once needs no watchdog.
  #watch(): void {
    this.turnStartedAt = this.kind.clock.now();
    this.kind.running.add(this);
  }

  #endCall(): void {
    this.#schedule.used(this.kind.clock.now());
    this.#end();
  }

  #end(): void {
    this.#turn = undefined;
    if (this.turnStartedAt !== undefined) {
      this.turnStartedAt = undefined;
      this.kind.running.delete(this);
    }
    this.pump();
  }

  #refuseWaiting(): void {
    if (this.state !== "leaving") return;
    this.#rejectWaiting(this.notOwner());
    this.pump();
  }

  /** Throws RanOnNewer. Where another app has given it to this one, that app has looked already. */
  async #checkVersion(moved: MovedActor | undefined): Promise<void> {
    const mark = this.kind.versionMark(this.id, this);
    if (mark === undefined || (moved?.version === mark.version && moved.rows.length > 0)) return;
    this.#mark = mark;
    if (moved !== undefined && moved.version !== "") return;
    const ranOn = await mark.ranOn();
    if (ranOn !== undefined) this.kind.checkVersion(this.id, ranOn);
  }

  async #setMark(): Promise<void> {
    await this.#mark?.set();
    this.#mark = undefined;
  }

  async #failStart(error: unknown): Promise<void> {
    if (ranOnNewer(error, this.kind.claimId(this.id)) !== undefined) {
      // Calls that wait go on to an app that must find it free.
      await this.releaseClaim();
      this.#remove(error);
      return;
    }
    // A newer owner is no reason for the callers to fail: they look for it.
    this.#remove(isM3Error(error) && error.reason === "FENCED" ? this.notOwner(error) : error);
    await this.releaseClaim();
  }

  #remove(error: unknown): void {
    this.state = "gone";
    this.#schedule.stop();
    this.kind.running.delete(this);
    this.kind.remove(this);
    this.#starting?.reject(error);
    this.#starting = undefined;
    this.#rejectWaiting(error);
    this.#tellGone();
  }

  #tellGone(): void {
    const listeners = this.#onGone ?? [];
    this.#onGone = undefined;
    for (const listener of listeners) listener();
  }

  async #scheduleSave(): Promise<void> {
    try {
      await this.#entities?.scheduleSave();
    } catch (error) {
      // Its changes are still there: the next save tries again.
      this.#schedule.touch(this.kind.clock.now());
      throw error;
    }
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
