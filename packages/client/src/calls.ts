import type { CSMsg, Welcome } from "../gen/m3/gate_pb.js";
import type { AnswerFrame } from "./call-frames.ts";
import { Code, errorOf, GateError } from "./gate-error.ts";

/** How one call is made. */
export interface CallOptions {
  /** The longest the call may take, waiting for a connection included, in milliseconds. @default `timeoutMs` of `connect` */
  readonly timeoutMs?: number;
  /** Aborting rejects the call with CANCELLED; whether it ran nobody knows then. */
  readonly signal?: AbortSignal | undefined;
  /** Travels with the call; the gate forwards only what it was told to. */
  readonly metas?: Readonly<Record<string, string>>;
}

/** A method as calls name it. */
export interface CallMethod {
  readonly name: string;
  /** In UTF-8. */
  readonly nameBytes: Uint8Array;
}

/** A call as it is sent. */
export interface OutgoingCall {
  readonly method: CallMethod;
  readonly content: Uint8Array;
  readonly metas: CallOptions["metas"];
  readonly sequence: number;
  /** It was sent before. */
  readonly repeat: boolean;
}

interface Call extends OutgoingCall {
  readonly resolve: (content: Uint8Array) => void;
  readonly reject: (error: GateError) => void;
  /** Ends its listener. */
  readonly settle: (() => void) | undefined;
  /** By `performance.now()`. */
  readonly deadline: number;
  sequence: number;
  repeat: boolean;
}

/** Until a gate says how many calls it takes at a time. */
const cautiousLimit = 8;
/** The longest that a timer can wait. */
const maxTimerMs = 2 ** 31 - 1;

/** The calls of a client: those that wait to be sent, and those that wait for their answers. */
export class Calls {
  readonly #maxQueued: number;
  readonly #write: (call: OutgoingCall) => void;
  readonly #queue: Call[] = [];
  /** In the order sent; no more than the gate allows. */
  readonly #sent: Call[] = [];
  /** One for all calls: it goes off when the first of them is too late. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #lastSequence = 0;
  #limit = cautiousLimit;
  #maxBytes = Number.POSITIVE_INFINITY;
  #online = false;

  constructor(maxQueued: number, write: (call: OutgoingCall) => void) {
    this.#maxQueued = maxQueued;
    this.#write = write;
  }

  /** Every answer up to this sequence has come. */
  get answered(): number {
    return (this.#sent[0]?.sequence ?? this.#lastSequence + 1) - 1;
  }

  /** Resolves with the encoded response. */
  call(
    method: CallMethod,
    content: Uint8Array,
    { signal, metas }: CallOptions,
    timeoutMs: number,
  ): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(cancelled(method));
      if (content.length > this.#maxBytes) {
        return reject(refused("MESSAGE_TOO_LARGE", `the request of ${method.name} takes ${content.length} bytes`));
      }
      if (this.#queue.length >= this.#maxQueued) {
        return reject(refused("TOO_MANY_CALLS", `${this.#maxQueued} calls wait to be sent already`));
      }
      const onAbort = () => this.#giveUp(call, cancelled(method));
      const settle = signal && (() => signal.removeEventListener("abort", onAbort));
      const deadline = performance.now() + timeoutMs;
      const call: Call = { method, content, metas, resolve, reject, settle, deadline, sequence: 0, repeat: false };
      signal?.addEventListener("abort", onAbort);
      this.#queue.push(call);
      this.#watch(deadline);
      this.#sendWaiting();
    });
  }

  /** An answer came. */
  answer(message: AnswerFrame | CSMsg): void {
    const place = this.#sent.findIndex(({ sequence }) => sequence === message.sequence);
    const [call] = place < 0 ? [] : this.#sent.splice(place, 1);
    if (call === undefined) return;
    call.settle?.();
    if ("code" in message && message.code !== 0) call.reject(errorOf(message));
    else call.resolve(message.content);
    this.#sendWaiting();
  }

  /** A connection is there. In a session that goes on, what has no answer is sent again; a new one knows nothing of it. */
  online({ resumed, maxCallsInFlight, maxMessageBytes }: Welcome): void {
    this.#online = true;
    this.#limit = maxCallsInFlight;
    this.#maxBytes = maxMessageBytes;
    if (resumed) {
      for (const call of this.#sent) {
        call.repeat = true;
        this.#write(call);
      }
    } else {
      this.#lastSequence = 0;
      for (const call of this.#sent.splice(0)) fail(call, unknownOutcome(call.method));
    }
    this.#sendWaiting();
  }

  offline(): void {
    this.#online = false;
  }

  /** Nothing will be answered any more. */
  failAll(error: GateError): void {
    clearTimeout(this.#timer);
    const [queued, sent] = [this.#queue.splice(0), this.#sent.splice(0)];
    for (const call of queued) fail(call, new GateError(error.code, error.message, { ...error, notExecuted: true }));
    for (const call of sent) fail(call, unknownOutcome(call.method));
  }

  #sendWaiting(): void {
    while (this.#online && this.#sent.length < this.#limit) {
      const call = this.#queue.shift();
      if (call === undefined) return;
      call.sequence = ++this.#lastSequence;
      this.#sent.push(call);
      this.#write(call);
    }
  }

  /** Looks at this time, or before it, for what is too late. */
  #watch(deadline: number): void {
    if (deadline >= this.#timerAt) return;
    clearTimeout(this.#timer);
    this.#timerAt = deadline;
    this.#timer = setTimeout(this.#onTimer, Math.min(deadline - performance.now(), maxTimerMs));
  }

  readonly #onTimer = (): void => {
    this.#timerAt = Number.POSITIVE_INFINITY;
    // A timer may go off a little early.
    const now = performance.now() + 1;
    for (const call of [...this.#queue, ...this.#sent]) {
      if (call.deadline > now) this.#watch(call.deadline);
      else this.#giveUp(call, tooLate(call.method, call.sequence === 0));
    }
  };

  #giveUp(call: Call, error: GateError): void {
    for (const calls of [this.#queue, this.#sent]) {
      const place = calls.indexOf(call);
      if (place >= 0) calls.splice(place, 1);
    }
    fail(call, error);
    this.#sendWaiting();
  }
}

function fail(call: Call, error: GateError): void {
  call.settle?.();
  call.reject(error);
}

function cancelled({ name }: CallMethod): GateError {
  return new GateError(Code.CANCELLED, `${name} was cancelled`, { reason: "CANCELLED" });
}

function tooLate({ name }: CallMethod, notExecuted: boolean): GateError {
  const message = `${name} took too long${notExecuted ? ": there was no connection" : ""}`;
  return new GateError(Code.DEADLINE_EXCEEDED, message, { reason: "DEADLINE", notExecuted });
}

function refused(reason: string, message: string): GateError {
  return new GateError(Code.RESOURCE_EXHAUSTED, message, { reason, notExecuted: true });
}

function unknownOutcome({ name }: CallMethod): GateError {
  const message = `the session ended before the answer of ${name} came: it may or may not have run`;
  return new GateError(Code.UNKNOWN, message, { reason: "UNKNOWN_OUTCOME" });
}
