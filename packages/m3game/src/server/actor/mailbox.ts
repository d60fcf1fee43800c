import type { ServerCall } from "../server-call.ts";

/** A call that waits for its actor. */
export interface WaitingCall {
  readonly call: ServerCall;
  readonly enqueuedAt: number;
  run(): void;
  reject(error: unknown): void;
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
}
