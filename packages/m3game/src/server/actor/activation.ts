import type { DescMessage, DescService, Message } from "@bufbuild/protobuf";
import type { Entity } from "../../entity/entity.ts";
import type { EntityDefinition } from "../../entity/entity-definition.ts";
import type { EntityHost } from "../../entity/entity-host.ts";
import type { Clock, Timer } from "../../meta/clock.ts";
import { DeadlineNode, type DeadlineWheel } from "../../meta/deadline-wheel.ts";
import { type M3Error, reasonError } from "../../meta/error.ts";
import type { Logger } from "../../plugin/log.ts";
import type { Client } from "../../rpc/client.ts";
import type { ParentCall } from "../../rpc/client-call.ts";
import type { ClientFactory } from "../../rpc/client-factory.ts";
import type { ClientSource } from "../../rpc/define-client.ts";
import type { MaybePromise } from "../../rpc/interceptor.ts";
import { type ServerCall, toResponse } from "../server-call.ts";
import type { Actor, ActorClass, ExitReason } from "./actor.ts";
import type { ActorClaim } from "./actor-claim.ts";
import type { ActorConfig } from "./actor-config.ts";
import type { ActorEntities } from "./actor-entities.ts";
import type { ActorHost } from "./actor-host.ts";
import { ActorTimers } from "./actor-timers.ts";
import { actorName, chainHolds, extendChain, showChain } from "./call-chain.ts";
import { Mailbox } from "./mailbox.ts";
import { TaskTurn } from "./task-turn.ts";

/** Runs the handler of a method on an actor. */
export type ActorRunner<A extends Actor> = (actor: A, call: ServerCall) => unknown;

/**
 * `activating`: its claim and data are being had; calls wait. `leaving`: its last turns run; new calls wait until it is
 * gone. `gone`: nothing of it may run, be saved or be answered any more.
 */
export type ActivationState = "activating" | "active" | "leaving" | "gone";

/** What all actors of one kind share. */
export interface ActivationHost<A extends Actor> {
  readonly name: string;
  readonly actorClass: ActorClass<A>;
  readonly clock: Clock;
  readonly wheel: DeadlineWheel;
  readonly log: Logger;
  readonly clients: ClientFactory;
  readonly config: ActorConfig;
  /** The periods of the config in milliseconds; 0: never. */
  readonly times: {
    readonly idleMs: number;
    readonly saveMs: number;
    readonly tickMs: number;
    readonly waitMs: number;
  };
  /** The longest a tick, a timer or `onInit` may take for its calls, in milliseconds. */
  readonly taskTimeoutMs: number;
  /** Actors whose turn waits for something. */
  readonly running: Set<Activation>;
  /** Gets the claim of an actor. Rejects with HeldElsewhere. */
  claim(id: string): Promise<ActorClaim>;
  entities(owner: EntityHost): ActorEntities;
  remove(activation: Activation): void;
}

interface Leaving {
  readonly reason: ExitReason;
  /** The app that takes it over. */
  readonly targetApp: string | undefined;
  readonly resolve: (state: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
}

/** One actor while it is in memory: its mailbox, its turns, its timers, and its way in and out. */
export class Activation<A extends Actor = Actor> extends DeadlineNode implements ActorHost {
  readonly id: string;
  readonly kind: ActivationHost<A>;
  state: ActivationState = "activating";
  deadline = Number.POSITIVE_INFINITY;
  /** When the turn that runs started, on the app's clock; undefined between turns. */
  turnStartedAt: number | undefined;
  #actor: A | undefined;
  #claim: ActorClaim | undefined;
  #entities: ActorEntities | undefined;
  #turn: ParentCall | undefined;
  #pumping = false;
  #touched = false;
  #idleSince = 0;
  #saveAt = 0;
  #tickAt = 0;
  #timers: ActorTimers | undefined;
  #leaving: Leaving | undefined;
  #onGone: (() => void)[] | undefined;
  #starting: PromiseWithResolvers<void> | undefined;
  #warnedTurn: ParentCall | undefined;
  readonly #mailbox = new Mailbox();

  constructor(kind: ActivationHost<A>, id: string) {
    super();
    this.kind = kind;
    this.id = id;
  }

  /** Its name in call chains, logs and claims. */
  get name(): string {
    return actorName(this.kind.name, this.id);
  }

  /** What runs now, for logs. */
  get turnName(): string {
    return this.#turn?.name ?? "";
  }

  get log(): Logger {
    return this.kind.log.child({ actor: this.name });
  }

  /** True when a call could run right now. */
  get isFree(): boolean {
    return this.state === "active" && this.#turn === undefined && this.#mailbox.isEmpty;
  }

  /** True while this app may run it and write for it. */
  owns(): boolean {
    return this.state !== "gone" && (this.#claim?.isHeld() ?? false);
  }

  /** Gets its claim, makes the actor and runs its first turns. What fails is given to every call that waits. */
  async start(moved: Uint8Array | undefined): Promise<void> {
    try {
      this.#claim = await this.kind.claim(this.id);
      const actor = new this.kind.actorClass(this);
      this.#actor = actor;
      await this.#runTask("onInit", async () => {
        await actor.onInit();
        if (moved !== undefined && moved.length > 0) await actor.onMoveIn(moved);
      });
      if (!this.owns()) throw this.#notOwner();
    } catch (error) {
      await this.#failStart(error);
      return;
    }
    const now = this.kind.clock.now();
    this.#idleSince = now;
    this.#tickAt = now + this.kind.times.tickMs;
    this.state = "active";
    this.#starting?.resolve();
    this.#starting = undefined;
    this.#arm();
    this.#pump();
  }

  /** Runs a call: at once when the actor is free, else when its turn comes. */
  accept(call: ServerCall, runner: ActorRunner<A>): MaybePromise<Message> {
    if (call.chain !== "" && chainHolds(call.chain, this.name)) return this.#acceptReturning(call, runner);
    if (this.isFree) return this.#runCall(call, runner);
    const { MaxReqChanSize: limit } = this.kind.config;
    if (this.#mailbox.calls >= limit) {
      throw reasonError(
        "OVERLOADED",
        `${limit} calls wait for ${this.name}; MaxReqChanSize in [[Server.Actor]] allows no more`,
      );
    }
    return new Promise((resolve, reject) => {
      const run = () => {
        try {
          resolve(this.#runCall(call, runner));
        } catch (error) {
          reject(error);
        }
      };
      this.#mailbox.pushCall({ call, enqueuedAt: this.kind.clock.now(), run, reject });
    });
  }

  /**
   * Ends it after the calls that wait, at most `WaitFreeLeaseTimeOut` later: saves, last turns, claim given up or to
   * `targetApp`. Resolves with what `onMoveOut` gave. Rejects when its changes could not be saved: it then stays.
   */
  leave(reason: ExitReason, targetApp?: string): Promise<Uint8Array> {
    if (this.state !== "active") return Promise.reject(reasonError("NOT_OWNER", `${this.name} is ${this.state}`));
    this.state = "leaving";
    const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
    this.#leaving = { reason, targetApp, resolve, reject };
    const timer = this.kind.clock.after(this.kind.config.WaitFreeLeaseTimeOut * 1000, () => this.#refuseWaiting());
    this.#pump();
    return promise.finally(() => timer.cancel());
  }

  /** Ends it at once, without saving: its ownership is lost, or it is stuck. */
  drop(error: M3Error): void {
    if (this.state === "gone") return;
    if (this.#turn instanceof TaskTurn) this.#turn.abort(error);
    this.#leaving?.reject(error);
    this.#remove(error);
  }

  /** Resolves when it is active. Rejects with what kept it from that. */
  ready(): Promise<void> {
    if (this.state === "active") return Promise.resolve();
    if (this.state !== "activating") return Promise.reject(this.#notOwner());
    this.#starting ??= Promise.withResolvers<void>();
    return this.#starting.promise;
  }

  /** Resolves when it is active or gone. */
  async settled(): Promise<void> {
    if (this.state === "activating") await this.ready().catch(() => {});
    else if (this.state === "leaving") await this.whenGone();
  }

  /** Gives up an actor whose turn does not end. What that turn still writes is refused. */
  async evict(): Promise<void> {
    this.drop(reasonError("NOT_OWNER", `${this.name} was given up: its turn ${this.turnName} took too long`));
    await this.#claim?.release().catch((error) => this.log.warn("a claim could not be given up", { error }));
  }

  /** Logs once for each turn that it takes too long. */
  warnStuck(seconds: number): void {
    if (this.#warnedTurn === this.#turn) return;
    this.#warnedTurn = this.#turn;
    this.log.error("a turn takes too long", { turn: this.turnName, seconds });
  }

  /** Resolves when it is gone. */
  whenGone(): Promise<void> {
    if (this.state === "gone") return Promise.resolve();
    return new Promise((resolve) => {
      this.#onGone ??= [];
      this.#onGone.push(resolve);
    });
  }

  entity<S extends DescMessage, F extends number, V extends number>(
    definition: EntityDefinition<S, F, V>,
  ): Entity<S, F, V> {
    this.#entities ??= this.kind.entities({
      owns: () => this.owns(),
      scope: () => this.#claim?.scope,
      deadline: () => this.#claim?.deadline ?? Number.NEGATIVE_INFINITY,
      onFenced: (error) => this.#onFenced(error),
      onSaveFailed: (error) => this.log.error("changes of the actor could not be saved", { error }),
    });
    return this.#entities.add(definition, this.id);
  }

  #onFenced(error: M3Error): void {
    this.log.warn("another owner has taken over; the actor is dropped", { error });
    this.drop(error);
  }

  client<S extends DescService>(source: ClientSource<S>): Client<S> {
    if (this.#turn === undefined) {
      throw reasonError(
        "CONTEXT_ENDED",
        `${this.name} has no turn now: make calls in a handler, a timer or onInit, and await them`,
      );
    }
    return this.kind.clients.client(source, this.#turn);
  }

  timer(delayMs: number, intervalMs: number | undefined, task: () => MaybePromise<void>): Timer {
    this.#timers ??= new ActorTimers();
    const timer = this.#timers.add(this.kind.clock.now() + delayMs, intervalMs, task);
    if (this.state === "active") this.#arm();
    return timer;
  }

  exit(): void {
    if (this.state === "active") this.leave("requested").catch((error) => this.#leaveFailed(error));
  }

  override onDeadline(): void {
    if (this.state !== "active") return;
    const now = this.kind.clock.now();
    const { idleMs, tickMs } = this.kind.times;
    if (this.#touched && now >= this.#saveAt) {
      this.#touched = false;
      this.#pushTask("onSave", () => this.#save());
    }
    for (const task of this.#timers?.takeDue(now) ?? []) this.#pushTask("timer", task);
    if (tickMs > 0 && now >= this.#tickAt) {
      this.#tickAt = now + tickMs;
      this.#touch(now);
      this.#pushTask("onTick", () => this.#actor?.onTick());
    }
    const isIdle = idleMs > 0 && now >= this.#idleSince + idleMs && this.isFree;
    if (isIdle) this.leave("idle").catch((error) => this.#leaveFailed(error));
    else this.#arm();
    this.#pump();
  }

  #leaveFailed(error: unknown): void {
    this.log.error("the actor could not leave and stays", { error });
  }

  // A call that comes back to an actor that waits for it would wait for ever.
  #acceptReturning(call: ServerCall, runner: ActorRunner<A>): MaybePromise<Message> {
    if (call.meta.reentrant && this.#turn !== undefined && this.owns()) {
      return this.#settle(call, this.#invoke(call, runner));
    }
    throw reasonError(
      "CALL_CYCLE",
      `the call comes back to an actor that waits for it: ${showChain(call.chain, this.name)}; mark ${call.method} reentrant if it may run meanwhile`,
    );
  }

  #runCall(call: ServerCall, runner: ActorRunner<A>): MaybePromise<Message> {
    if (!this.owns()) throw this.#notOwner();
    this.#begin(call);
    call.chain = extendChain(call.chain, this.name);
    let result: MaybePromise<Message>;
    try {
      result = this.#settle(call, this.#invoke(call, runner));
    } catch (error) {
      this.#endCall();
      throw error;
    }
    if (!(result instanceof Promise)) {
      this.#endCall();
      return result;
    }
    this.kind.running.add(this);
    const over = () => {
      this.kind.running.delete(this);
      this.#endCall();
    };
    result.then(over, over);
    return result;
  }

  #invoke(call: ServerCall, runner: ActorRunner<A>): unknown {
    if (this.#actor === undefined) throw this.#notOwner();
    call.started = true;
    return runner(this.#actor, call);
  }

  // Encoded before the turn ends: the response may hold the actor's own data, which the next turn changes.
  #settle(call: ServerCall, result: unknown): MaybePromise<Message> {
    if (isThenable(result)) return Promise.resolve(result).then((value) => this.#encode(call, value));
    return this.#encode(call, result);
  }

  #encode(call: ServerCall, result: unknown): Message {
    if (!this.owns()) {
      throw reasonError(
        "UNKNOWN_OUTCOME",
        `${this.name} lost its owner while ${call.method} ran: what it changed may not be saved`,
      );
    }
    return call.encode(toResponse(call.meta, result));
  }

  #pushTask(name: string, task: () => MaybePromise<void> | undefined): void {
    this.#mailbox.pushTask(() => {
      if (!this.owns()) return;
      this.#runTask(name, task).catch((error) => this.log.error("a turn failed", { turn: name, error }));
    });
  }

  async #runTask(name: string, task: () => MaybePromise<void> | undefined): Promise<void> {
    const turn = new TaskTurn({
      name: `${this.name} ${name}`,
      deadline: this.kind.clock.now() + this.kind.taskTimeoutMs,
      chain: this.name,
      log: this.kind.log,
    });
    this.#begin(turn);
    this.kind.running.add(this);
    try {
      await task();
    } finally {
      this.kind.running.delete(this);
      turn.end();
      this.#end();
    }
  }

  #begin(turn: ParentCall): void {
    this.#turn = turn;
    this.turnStartedAt = this.kind.clock.now();
  }

  #endCall(): void {
    this.#idleSince = this.kind.clock.now();
    this.#touch(this.#idleSince);
    this.#end();
  }

  #end(): void {
    this.#turn = undefined;
    this.turnStartedAt = undefined;
    if (this.state !== "gone") this.#pump();
  }

  // Something may have changed that is to be saved.
  #touch(now: number): void {
    const { saveMs } = this.kind.times;
    if (this.#touched || saveMs === 0 || this.state !== "active") return;
    this.#touched = true;
    this.#saveAt = now + saveMs;
    if (this.#saveAt < this.deadline) this.#arm();
  }

  #pump(): void {
    if (this.#pumping || this.state === "activating") return;
    this.#pumping = true;
    while (this.#turn === undefined && this.state !== "gone") {
      const task = this.#mailbox.takeTask();
      if (task !== undefined) {
        task();
        continue;
      }
      const waiting = this.#mailbox.takeCall();
      if (waiting === undefined) break;
      if (waiting.call.settled) continue;
      const { waitMs } = this.kind.times;
      if (waitMs > 0 && this.kind.clock.now() - waiting.enqueuedAt > waitMs) {
        waiting.reject(reasonError("OVERLOADED", `the call waited longer than MaxReqWaitTime for ${this.name}`));
      } else {
        waiting.run();
      }
    }
    this.#pumping = false;
    if (this.#leaving !== undefined && this.#turn === undefined && this.#mailbox.isEmpty)
      void this.#leave(this.#leaving);
  }

  async #leave({ reason, targetApp, resolve, reject }: Leaving): Promise<void> {
    this.#leaving = undefined;
    this.kind.wheel.remove(this);
    let state: Uint8Array = new Uint8Array(0);
    try {
      await this.#runTask("onSave", () => this.#actor?.onSave());
      await this.#entities?.flush();
      if (targetApp !== undefined) {
        await this.#runTask("onMoveOut", async () => {
          state = (await this.#actor?.onMoveOut()) ?? state;
        });
      }
      await this.#runTask("onExit", () => this.#actor?.onExit(reason));
      await this.#entities?.flush();
      if (targetApp === undefined) await this.#claim?.release();
      else await this.#claim?.transfer(targetApp);
    } catch (error) {
      if (this.owns()) {
        this.state = "active";
        this.#arm();
        this.#pump();
      }
      return reject(error);
    }
    this.#remove(this.#notOwner());
    resolve(state);
  }

  #refuseWaiting(): void {
    for (const { reject } of this.#mailbox.takeAllCalls()) reject(this.#notOwner());
    this.#pump();
  }

  async #failStart(error: unknown): Promise<void> {
    this.#starting?.reject(error);
    this.#remove(error);
    await this.#claim?.release().catch((cause) => this.log.warn("a claim could not be given up", { error: cause }));
  }

  #remove(error: unknown): void {
    this.state = "gone";
    this.kind.wheel.remove(this);
    this.kind.running.delete(this);
    this.kind.remove(this);
    for (const { reject } of this.#mailbox.takeAllCalls()) reject(error);
    for (const listener of this.#onGone ?? []) listener();
    this.#onGone = undefined;
  }

  async #save(): Promise<void> {
    await this.#actor?.onSave();
    await this.#entities?.scheduleSave();
  }

  #notOwner(): M3Error {
    return reasonError("NOT_OWNER", `this app does not own ${this.name}`);
  }

  #arm(): void {
    const { idleMs, tickMs } = this.kind.times;
    let due = this.#timers?.nextDue ?? Number.POSITIVE_INFINITY;
    if (tickMs > 0) due = Math.min(due, this.#tickAt);
    if (this.#touched) due = Math.min(due, this.#saveAt);
    if (idleMs > 0) due = Math.min(due, this.#idleSince + idleMs);
    this.kind.wheel.remove(this);
    this.deadline = due;
    this.kind.wheel.add(this);
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
