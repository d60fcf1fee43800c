import { DeadlineNode } from "../../meta/deadline-wheel.ts";
import { reasonError } from "../../meta/error.ts";
import type { ServerCall } from "../server-call.ts";

/** A call that waits for its actor. */
export class WaitingCall extends DeadlineNode {
  readonly call: ServerCall;
  readonly deadline: number;
  readonly #actor: string;
  readonly #run: () => void;
  readonly #reject: (error: unknown) => void;
  #isLate = false;
  #onLeft: (() => void) | undefined;

  /**
   * `deadline`: until when it may wait, on the app's clock; Infinity: as long as its caller does. `actor`: what it waits for,
   * for messages. `onLeft` is told once that it waits no more. (No object of options holds the call: see `callActor`.)
   */
  constructor(
    call: ServerCall,
    deadline: number,
    actor: string,
    run: () => void,
    reject: (error: unknown) => void,
    onLeft: (() => void) | undefined,
  ) {
    super();
    this.call = call;
    this.deadline = deadline;
    this.#actor = actor;
    this.#run = run;
    this.#reject = reject;
    this.#onLeft = onLeft;
  }

  /** True when there is no use in running it any more. */
  get isOver(): boolean {
    return this.#isLate || this.call.settled;
  }

  override onDeadline(): void {
    this.#isLate = true;
    this.reject(reasonError("OVERLOADED", `the call waited longer than MaxReqWaitTime for ${this.#actor}`));
  }

  /** Its turn has come; `now` is on the app's clock. */
  run(now: number): void {
    if (this.isOver) return this.#dropped();
    if (now < this.call.deadline) {
      this.#left();
      return this.#run();
    }
    // The wheel is a little late: nothing may run after the deadline.
    this.call.onDeadline();
    this.#dropped();
  }

  reject(error: unknown): void {
    this.#left();
    this.#reject(error);
  }

  #left(): void {
    this.#onLeft?.();
    this.#onLeft = undefined;
  }

  // Nobody waits, but interceptors around it may have something to clean up.
  #dropped(): void {
    this.reject(reasonError("CANCELLED", `nobody waits for ${this.call.method} any more`));
  }
}

/** Something the framework itself runs in an actor: a tick, a timer, a save, the exit. */
export type SystemTask = () => void;

/**
 * What waits for one actor's turn: a lane for the framework that goes first, and one for calls, each first come, first
 * served. Empty lanes take no memory.
 */
export class Mailbox {
  #system: SystemTask[] | undefined;
  #calls: WaitingCall[] | undefined;

  get calls(): number {
    return this.#calls?.length ?? 0;
  }

  get isEmpty(): boolean {
    return this.#system === undefined && this.#calls === undefined;
  }

  pushTask(task: SystemTask): void {
    this.#system ??= [];
    this.#system.push(task);
  }

  pushCall(call: WaitingCall): void {
    this.#calls ??= [];
    this.#calls.push(call);
  }

  takeTask(): SystemTask | undefined {
    const task = this.#system?.shift();
    if (this.#system?.length === 0) this.#system = undefined;
    return task;
  }

  takeCall(): WaitingCall | undefined {
    const call = this.#calls?.shift();
    if (this.#calls?.length === 0) this.#calls = undefined;
    return call;
  }

  takeAllCalls(): readonly WaitingCall[] {
    const calls = this.#calls ?? [];
    this.#calls = undefined;
    return calls;
  }

  /** Takes out the calls that nobody waits for any more. */
  takeDropped(): readonly WaitingCall[] {
    const calls = this.takeAllCalls();
    for (const waiting of calls) if (!waiting.isOver) this.pushCall(waiting);
    return calls.filter(({ isOver }) => isOver);
  }
}
