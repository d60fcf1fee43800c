import type { Clock, Timer } from "../../meta/clock.ts";
import { DeadlineNode, type DeadlineWheel } from "../../meta/deadline-wheel.ts";
import type { MaybePromise } from "../../rpc/interceptor.ts";
import { type ActorTimer, ActorTimers } from "./actor-timers.ts";

/** How soon an actor that was busy when it should have left is looked at again. */
const busyMs = 1000;

/** What an actor does when its time has come. */
export interface ScheduledActor {
  /** Nothing runs in it and nothing waits for it. */
  readonly isFree: boolean;
  readonly kind: {
    readonly clock: Clock;
    readonly wheel: DeadlineWheel;
    readonly times: { readonly saveMs: number; readonly tickMs: number };
  };
  /** Has a turn run as soon as no other does. */
  queue(name: string, task: () => MaybePromise<void> | undefined): void;
  /** Lets what was queued run. */
  pump(): void;
  onSave(): MaybePromise<void>;
  onTick(): MaybePromise<void>;
  onIdle(): void;
}

/** When one actor saves, ticks, runs its timers and is idle. All of it from the one timer wheel of its app. */
export class ActorSchedule extends DeadlineNode {
  deadline = Number.POSITIVE_INFINITY;
  readonly #actor: ScheduledActor;
  readonly #idleMs: number;
  #isRunning = false;
  #isTouched = false;
  #idleSince = 0;
  #saveAt = 0;
  #tickAt = Number.POSITIVE_INFINITY;
  #timers: ActorTimers | undefined;

  /** `idleMs` 0: it is never idle. */
  constructor(actor: ScheduledActor, idleMs: number) {
    super();
    this.#actor = actor;
    this.#idleMs = idleMs;
  }

  /** When it ran its last call, or began, on the app's clock. */
  get idleSince(): number {
    return this.#idleSince;
  }

  /** From now on it saves, ticks and runs timers. */
  start(): void {
    const { clock, times } = this.#actor.kind;
    const now = clock.now();
    this.#isRunning = true;
    this.#idleSince = now;
    if (times.tickMs > 0) this.#tickAt = now + times.tickMs;
    this.touch(now);
    this.#arm(now);
  }

  /** Nothing falls due any more, until `start`. */
  stop(): void {
    this.#isRunning = false;
    this.#actor.kind.wheel.remove(this);
  }

  /** A call was run: it is not idle. */
  used(now: number): void {
    this.#idleSince = now;
    this.touch(now);
  }

  /** Something may have changed that is to be saved. */
  touch(now: number): void {
    const { saveMs } = this.#actor.kind.times;
    if (this.#isTouched || saveMs === 0) return;
    this.#isTouched = true;
    this.#saveAt = now + saveMs;
    if (this.#saveAt < this.deadline) this.#arm(now);
  }

  /** What is to be saved some time is saved within `ms`. */
  saveWithin(ms: number): void {
    const now = this.#actor.kind.clock.now();
    if (!this.#isTouched || this.#saveAt <= now + ms) return;
    this.#saveAt = now + ms;
    this.#arm(now);
  }

  /** Throws RangeError for a time that is none. */
  timer(delayMs: number, intervalMs: number | undefined, task: () => MaybePromise<void>): Timer {
    if (!(delayMs >= 0)) throw new RangeError(`a timer of ${delayMs} ms: give milliseconds, 0 or more`);
    const now = this.#actor.kind.clock.now();
    this.#timers ??= new ActorTimers();
    const timer = this.#timers.add(now + delayMs, intervalMs, task);
    this.#arm(now);
    return timer;
  }

  override onDeadline(): void {
    if (!this.#isRunning) return;
    const actor = this.#actor;
    const now = actor.kind.clock.now();
    if (this.#idleMs > 0 && now >= this.#idleSince + this.#idleMs && actor.isFree) return actor.onIdle();
    // Whatever has not had its turn yet does not fall due again: a busy actor gets one of each, not a pile.
    if (this.#isTouched && now >= this.#saveAt) {
      this.#isTouched = false;
      actor.queue("onSave", () => actor.onSave());
    }
    for (const { timer, dueAt } of this.#timers?.takeDue(now) ?? []) {
      actor.queue("timer", () => this.#runTimer(timer, dueAt));
    }
    if (now >= this.#tickAt) {
      const dueAt = this.#tickAt;
      this.#tickAt = Number.POSITIVE_INFINITY;
      actor.queue("onTick", () => this.#runTick(dueAt));
    }
    this.#arm(now);
    actor.pump();
  }

  #runTimer(timer: ActorTimer, dueAt: number): MaybePromise<void> | undefined {
    const timers = this.#timers;
    if (!timers?.has(timer)) return undefined;
    const { intervalMs, task } = timer;
    if (intervalMs !== undefined) return this.#repeat(dueAt, intervalMs, task, (due) => timers.setDue(timer, due));
    timers.remove(timer);
    this.touch(this.#now());
    return task();
  }

  #runTick(dueAt: number): MaybePromise<void> {
    const actor = this.#actor;
    const setDue = (due: number) => {
      this.#tickAt = due;
    };
    return this.#repeat(dueAt, actor.kind.times.tickMs, () => actor.onTick(), setDue);
  }

  /**
   * Runs a turn, and says when the next one is due: not before this one is over, and none is made up for. That one began a
   * little late does not put off the next: the rate is kept.
   */
  #repeat(
    dueAt: number,
    intervalMs: number,
    task: () => MaybePromise<void>,
    setDue: (due: number) => void,
  ): MaybePromise<void> {
    this.touch(this.#now());
    const over = () => {
      const now = this.#now();
      const onTime = dueAt + intervalMs;
      setDue(onTime > now ? onTime : now + intervalMs);
      this.#arm(now);
    };
    let result: MaybePromise<void>;
    try {
      result = task();
    } catch (error) {
      over();
      throw error;
    }
    return result instanceof Promise ? result.finally(over) : over();
  }

  #now(): number {
    return this.#actor.kind.clock.now();
  }

  #arm(now: number): void {
    const { wheel } = this.#actor.kind;
    wheel.remove(this);
    if (!this.#isRunning) return;
    let due = Math.min(this.#tickAt, this.#timers?.nextDue ?? Number.POSITIVE_INFINITY);
    if (this.#isTouched) due = Math.min(due, this.#saveAt);
    if (this.#idleMs > 0) {
      const idleAt = this.#idleSince + this.#idleMs;
      due = Math.min(due, idleAt > now || this.#actor.isFree ? idleAt : now + busyMs);
    }
    this.deadline = due;
    wheel.add(this);
  }
}
