import type { CSMsg } from "../../gen/m3/gate_pb.js";
import { M3Error, reasonError } from "../meta/error.ts";
import type { MaybePromise } from "../rpc/interceptor.ts";
import type { ClientMethod } from "./client-methods.ts";
import type { GateCodec } from "./gate-codec.ts";
import type { GateConfig } from "./gate-config.ts";
import type { Numbered } from "./push-queue.ts";
import { RateLimit } from "./rate-limit.ts";

/** A call that was taken and has no answer yet. */
interface Taken {
  readonly message: CSMsg;
  readonly method: ClientMethod;
  /** An earlier gate may have run it. */
  readonly repeated: boolean;
  running: boolean;
}

export interface CallQueueOptions {
  readonly config: Pick<GateConfig, "MaxCallsInFlight" | "CallsPerSecond" | "CallBurst" | "MaxKeptBytes">;
  readonly codec: GateCodec;
  readonly now: () => number;
  readonly find: (name: string) => ClientMethod;
  /** Resolves with the encoded response. */
  readonly run: (message: CSMsg, method: ClientMethod, repeated: boolean) => MaybePromise<Uint8Array>;
  /** Sends an answer to the client if it is connected; for an error the error too. */
  readonly answer: (message: Uint8Array, error?: M3Error) => void;
}

/** What another gate knew of the calls of a session. */
export interface CallsBefore {
  readonly lastSequence: number;
  readonly answers: readonly Numbered[];
  readonly running: readonly number[];
  readonly waiting: readonly number[];
}

/**
 * The calls of one session: each runs once, in the order sent, and its answer is kept until the client has it. A call that is
 * sent again is answered from there; where this gate can't know, its callee is asked, or the answer is "unknown outcome".
 *
 * What it holds are few at a time, in lists: a Map gets a new table every few calls, and once it is old each of those keeps the
 * calls that were in it until the whole heap is collected.
 */
export class CallQueue {
  readonly #options: CallQueueOptions;
  readonly #rate: RateLimit;
  readonly #taken: Taken[] = [];
  readonly #waiting: Taken[] = [];
  /** Those that the client may not have, oldest first. */
  readonly #answers: Numbered[] = [];
  #answerBytes = 0;
  #lastSequence = 0;
  #inTurn = false;
  #stopped = false;
  /** Calls of before, sent to a callee by another gate; "any": nobody knows which. */
  #before: ReadonlySet<number> | "any" = new Set();
  /** Calls of before that certainly did not run yet. */
  #neverRan = new Set<number>();
  #onIdle: (() => void) | undefined;

  constructor(options: CallQueueOptions) {
    this.#options = options;
    this.#rate = new RateLimit(options.config.CallsPerSecond, options.config.CallBurst, options.now());
  }

  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** Takes a call of the client. What is wrong with it is its answer; `refusal`: what is known to be wrong. */
  receive(message: CSMsg, refusal: M3Error | undefined): void {
    const { sequence } = message;
    this.#forget(message.answered);
    // A new number is none of those that are known.
    if (sequence !== 0 && sequence <= this.#lastSequence) {
      const answer = this.#answers.find(({ number }) => number === sequence);
      if (answer !== undefined) return this.#options.answer(answer.message);
      if (this.#taken.some((taken) => taken.message.sequence === sequence)) return;
    }
    try {
      const repeated = sequence !== 0 && this.#isRepeat(message);
      if (refusal !== undefined) throw refusal;
      this.#checkLimits();
      this.#take(message, repeated);
    } catch (error) {
      const failure = M3Error.from(error);
      this.#options.answer(this.#options.codec.failure(message, failure), failure);
    }
  }

  /** Nothing that waits is run any more. */
  stop(): void {
    this.#stopped = true;
  }

  /** Resolves when no call runs. */
  idle(): Promise<void> {
    if (!this.#isRunning()) return Promise.resolve();
    return new Promise((resolve) => {
      this.#onIdle = resolve;
    });
  }

  /** What another gate needs to go on. */
  state(): CallsBefore {
    const sequences = (running: boolean) =>
      this.#taken.filter((taken) => taken.running === running).map(({ message }) => message.sequence);
    return {
      lastSequence: this.#lastSequence,
      answers: [...this.#answers],
      running: sequences(true),
      waiting: sequences(false),
    };
  }

  /** Goes on where another gate ended; undefined: it died, and nobody knows where. */
  restore(before: CallsBefore | undefined): void {
    if (before === undefined) {
      this.#before = "any";
      return;
    }
    this.#lastSequence = before.lastSequence;
    this.#before = new Set(before.running);
    this.#neverRan = new Set(before.waiting);
    for (const { number, message } of before.answers) this.#keep(number, message);
  }

  /** True when an earlier gate may have run the call. Throws UNKNOWN_OUTCOME when it did and the answer is gone. */
  #isRepeat({ sequence, repeat, method }: CSMsg): boolean {
    if (this.#before === "any") return repeat;
    if (sequence > this.#lastSequence || this.#neverRan.has(sequence)) return false;
    if (this.#before.has(sequence)) return true;
    throw reasonError("UNKNOWN_OUTCOME", `${method} was called before, and its answer is not kept any more`);
  }

  #checkLimits(): void {
    const { MaxCallsInFlight, CallsPerSecond } = this.#options.config;
    if (this.#taken.length >= MaxCallsInFlight) {
      throw reasonError("TOO_MANY_CALLS", `${MaxCallsInFlight} calls have no answer yet; wait for one`);
    }
    if (!this.#rate.take(this.#options.now())) {
      const retryAfterMs = Math.ceil(1000 / CallsPerSecond);
      throw reasonError("RATE_LIMITED", `at most ${CallsPerSecond} calls a second are allowed`, { retryAfterMs });
    }
  }

  #take(message: CSMsg, repeated: boolean): void {
    const method = this.#options.find(message.method);
    if (message.sequence > this.#lastSequence) this.#lastSequence = message.sequence;
    this.#neverRan.delete(message.sequence);
    const taken: Taken = { message, method, repeated, running: false };
    this.#taken.push(taken);
    if (method.meta.unordered) return this.#run(taken);
    // Nearly always it is its turn at once: then it needs no place in the list.
    if (this.#inTurn || this.#stopped || this.#waiting.length > 0) this.#waiting.push(taken);
    else this.#runInTurn(taken);
    this.#runWaiting();
  }

  /** Runs what waits, in order, up to one that does not end at once. */
  #runWaiting(): void {
    while (!this.#inTurn && !this.#stopped) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#runInTurn(next);
    }
  }

  #runInTurn(taken: Taken): void {
    this.#inTurn = true;
    this.#run(taken);
  }

  #run(taken: Taken): void {
    const { message, method, repeated } = taken;
    taken.running = true;
    let content: MaybePromise<Uint8Array>;
    try {
      content = this.#options.run(message, method, repeated);
    } catch (error) {
      return this.#failed(taken, error);
    }
    if (!(content instanceof Promise)) return this.#succeeded(taken, content);
    content.then(
      (later) => {
        this.#succeeded(taken, later);
        this.#runWaiting();
      },
      (error) => {
        this.#failed(taken, error);
        this.#runWaiting();
      },
    );
  }

  #succeeded(taken: Taken, content: Uint8Array): void {
    let answer: Uint8Array;
    try {
      answer = this.#options.codec.answer(taken.message, content);
    } catch (error) {
      return this.#failed(taken, error);
    }
    this.#end(taken, answer, undefined);
  }

  #failed(taken: Taken, error: unknown): void {
    const failure = M3Error.from(error);
    this.#end(taken, this.#options.codec.failure(taken.message, failure), failure);
  }

  #end(taken: Taken, answer: Uint8Array, failure: M3Error | undefined): void {
    const { message, method } = taken;
    this.#drop(taken);
    if (!method.meta.unordered) this.#inTurn = false;
    if (message.sequence !== 0) this.#keep(message.sequence, answer);
    this.#options.answer(answer, failure);
    if (this.#onIdle !== undefined && !this.#isRunning()) this.#onIdle();
  }

  #drop(taken: Taken): void {
    const last = this.#taken.pop();
    // Nearly always it is the only one, and `splice` would make another list for it.
    if (last !== undefined && last !== taken) this.#taken[this.#taken.indexOf(taken)] = last;
  }

  #isRunning(): boolean {
    return this.#taken.some(({ running }) => running);
  }

  #forget(answered: number): void {
    // In the order of their answers, which need not be that of their numbers.
    let kept = 0;
    for (const answer of this.#answers) {
      if (answer.number > answered) this.#answers[kept++] = answer;
      else this.#answerBytes -= answer.message.length;
    }
    while (this.#answers.length > kept) this.#answers.pop();
  }

  #keep(number: number, message: Uint8Array): void {
    this.#answers.push({ number, message });
    this.#answerBytes += message.length;
    while (this.#answerBytes > this.#options.config.MaxKeptBytes) {
      this.#answerBytes -= this.#answers.shift()?.message.length ?? 0;
    }
  }
}
