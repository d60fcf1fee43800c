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
  readonly key: number;
  readonly message: CSMsg;
  readonly method: ClientMethod;
  /** An earlier gate may have run it. */
  readonly repeated: boolean;
  running: boolean;
}

export interface CallQueueOptions {
  readonly config: Pick<
    GateConfig,
    "MaxCallsInFlight" | "CallsPerSecond" | "CallBurst" | "MaxMessageBytes" | "MaxKeptBytes"
  >;
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
 */
export class CallQueue {
  readonly #options: CallQueueOptions;
  readonly #rate: RateLimit;
  readonly #taken = new Map<number, Taken>();
  readonly #waiting: Taken[] = [];
  #answers: Map<number, Uint8Array> | undefined;
  #answerBytes = 0;
  #lastSequence = 0;
  #unnumbered = 0;
  #inTurn = false;
  #stopped = false;
  /** Calls of before, sent to a callee by another gate; "any": nobody knows which. */
  #before: ReadonlySet<number> | "any" = new Set();
  /** Calls of before that certainly did not run. */
  #neverRan: ReadonlySet<number> = new Set();
  #onIdle: (() => void) | undefined;

  constructor(options: CallQueueOptions) {
    this.#options = options;
    this.#rate = new RateLimit(options.config.CallsPerSecond, options.config.CallBurst, options.now());
  }

  get lastSequence(): number {
    return this.#lastSequence;
  }

  /** Takes a call of the client. What is wrong with it is its answer. */
  receive(message: CSMsg, bytes: number): void {
    const { sequence } = message;
    this.#forget(message.answered);
    if (sequence !== 0) {
      const answer = this.#answers?.get(sequence);
      if (answer !== undefined) return this.#options.answer(answer);
      if (this.#taken.has(sequence)) return;
    }
    try {
      const repeated = sequence !== 0 && this.#isRepeat(message);
      this.#checkLimits(bytes);
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
      [...this.#taken.values()].filter((taken) => taken.running === running).map(({ message }) => message.sequence);
    return {
      lastSequence: this.#lastSequence,
      answers: [...(this.#answers ?? [])].map(([number, message]) => ({ number, message })),
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

  #checkLimits(bytes: number): void {
    const { MaxMessageBytes, MaxCallsInFlight, CallsPerSecond } = this.#options.config;
    if (bytes > MaxMessageBytes) {
      throw reasonError(
        "MESSAGE_TOO_LARGE",
        `the message takes ${bytes} bytes; at most ${MaxMessageBytes} are allowed`,
      );
    }
    if (this.#taken.size >= MaxCallsInFlight) {
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
    // Calls of the original have no number: none of them is looked up.
    const key = message.sequence === 0 ? --this.#unnumbered : message.sequence;
    const taken: Taken = { key, message, method, repeated, running: false };
    this.#taken.set(key, taken);
    if (method.meta.unordered) return void this.#run(taken);
    this.#waiting.push(taken);
    if (!this.#inTurn) void this.#runWaiting();
  }

  async #runWaiting(): Promise<void> {
    this.#inTurn = true;
    for (let next = this.#waiting.shift(); next !== undefined && !this.#stopped; next = this.#waiting.shift()) {
      await this.#run(next);
    }
    this.#inTurn = false;
  }

  async #run(taken: Taken): Promise<void> {
    const { message, method, repeated } = taken;
    const { codec } = this.#options;
    taken.running = true;
    let answer: Uint8Array;
    let failure: M3Error | undefined;
    try {
      answer = codec.answer(message, await this.#options.run(message, method, repeated));
    } catch (error) {
      failure = M3Error.from(error);
      answer = codec.failure(message, failure);
    }
    this.#taken.delete(taken.key);
    if (message.sequence !== 0) this.#keep(message.sequence, answer);
    this.#options.answer(answer, failure);
    if (!this.#isRunning()) this.#onIdle?.();
  }

  #isRunning(): boolean {
    for (const { running } of this.#taken.values()) if (running) return true;
    return false;
  }

  #forget(answered: number): void {
    if (this.#answers === undefined || answered === 0) return;
    // In the order of their answers, which need not be that of their numbers.
    for (const [sequence, message] of this.#answers) {
      if (sequence > answered) continue;
      this.#answers.delete(sequence);
      this.#answerBytes -= message.length;
    }
  }

  #keep(sequence: number, message: Uint8Array): void {
    this.#answers ??= new Map();
    this.#answers.set(sequence, message);
    this.#answerBytes += message.length;
    for (const [oldest, { length }] of this.#answers) {
      if (this.#answerBytes <= this.#options.config.MaxKeptBytes) break;
      this.#answers.delete(oldest);
      this.#answerBytes -= length;
    }
  }
}
