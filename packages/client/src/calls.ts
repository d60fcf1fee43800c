import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { type CSMsg, CSMsgSchema, type Welcome } from "../gen/m3/gate_pb.js";
import { Code, errorOf, GateError } from "./gate-error.ts";

export interface CallOptions {
  /** The longest the call may take, waiting for a connection included, in milliseconds. @default `timeoutMs` of `connect` */
  readonly timeoutMs?: number;
  /** Aborting rejects the call with CANCELLED; whether it ran nobody knows then. */
  readonly signal?: AbortSignal | undefined;
  /** Travels with the call; the gate forwards only what it was told to. */
  readonly metas?: Readonly<Record<string, string>>;
}

interface Call {
  readonly method: string;
  readonly content: Uint8Array;
  readonly metas: CallOptions["metas"];
  readonly resolve: (content: Uint8Array) => void;
  readonly reject: (error: GateError) => void;
  /** Ends its timer and listener. */
  readonly settle: () => void;
  sequence: number;
}

/** Until a gate says how many calls it takes at a time. */
const cautiousLimit = 8;

/** The calls of a client: those that wait to be sent, and those that wait for their answers. */
export class Calls {
  readonly #maxQueued: number;
  readonly #write: (message: MessageInitShape<typeof CSMsgSchema>) => void;
  readonly #queue: Call[] = [];
  /** By sequence, in the order sent. */
  readonly #sent = new Map<number, Call>();
  #lastSequence = 0;
  #limit = cautiousLimit;
  #maxBytes = Number.POSITIVE_INFINITY;
  #online = false;

  constructor(maxQueued: number, write: (message: MessageInitShape<typeof CSMsgSchema>) => void) {
    this.#maxQueued = maxQueued;
    this.#write = write;
  }

  /** Every answer up to this sequence has come. */
  get answered(): number {
    const [oldest] = this.#sent.keys();
    return (oldest ?? this.#lastSequence + 1) - 1;
  }

  /** Resolves with the encoded response. */
  call(
    method: string,
    content: Uint8Array,
    options: CallOptions & { readonly timeoutMs: number },
  ): Promise<Uint8Array> {
    const { timeoutMs, signal, metas } = options;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(cancelled(method));
      if (content.length > this.#maxBytes) {
        return reject(refused("MESSAGE_TOO_LARGE", `the request of ${method} takes ${content.length} bytes`));
      }
      if (this.#queue.length >= this.#maxQueued) {
        return reject(refused("TOO_MANY_CALLS", `${this.#maxQueued} calls wait to be sent already`));
      }
      const onAbort = () => this.#giveUp(call, cancelled(method));
      const timer = setTimeout(() => this.#giveUp(call, tooLate(method, call.sequence === 0)), timeoutMs);
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", onAbort);
      };
      const call: Call = { method, content, metas, resolve, reject, settle, sequence: 0 };
      signal?.addEventListener("abort", onAbort);
      this.#queue.push(call);
      this.#sendWaiting();
    });
  }

  /** An answer came. */
  answer(message: CSMsg): void {
    const call = this.#sent.get(message.sequence);
    if (call === undefined) return;
    this.#sent.delete(message.sequence);
    call.settle();
    if (message.code === 0) call.resolve(message.content);
    else call.reject(errorOf(message));
    this.#sendWaiting();
  }

  /** A connection is there. In a session that goes on, what has no answer is sent again; a new one knows nothing of it. */
  online({ resumed, maxCallsInFlight, maxMessageBytes }: Welcome): void {
    this.#online = true;
    this.#limit = maxCallsInFlight;
    this.#maxBytes = maxMessageBytes;
    if (resumed) {
      for (const call of this.#sent.values()) this.#send(call, true);
    } else {
      this.#lastSequence = 0;
      const lost = [...this.#sent.values()];
      this.#sent.clear();
      for (const call of lost) fail(call, unknownOutcome(call.method));
    }
    this.#sendWaiting();
  }

  offline(): void {
    this.#online = false;
  }

  /** Nothing will be answered any more. */
  failAll(error: GateError): void {
    const [queued, sent] = [this.#queue.splice(0), [...this.#sent.values()]];
    this.#sent.clear();
    for (const call of queued) fail(call, new GateError(error.code, error.message, { ...error, notExecuted: true }));
    for (const call of sent) fail(call, unknownOutcome(call.method));
  }

  #sendWaiting(): void {
    while (this.#online && this.#sent.size < this.#limit) {
      const call = this.#queue.shift();
      if (call === undefined) return;
      call.sequence = ++this.#lastSequence;
      this.#sent.set(call.sequence, call);
      this.#send(call, false);
    }
  }

  #send({ method, content, metas = {}, sequence }: Call, repeat: boolean): void {
    const pairs = Object.entries(metas).map(([key, value]) => ({ key, value }));
    this.#write(create(CSMsgSchema, { method, content, metas: pairs, sequence, repeat }));
  }

  #giveUp(call: Call, error: GateError): void {
    const waiting = this.#queue.indexOf(call);
    if (waiting >= 0) this.#queue.splice(waiting, 1);
    else this.#sent.delete(call.sequence);
    fail(call, error);
    this.#sendWaiting();
  }
}

function fail(call: Call, error: GateError): void {
  call.settle();
  call.reject(error);
}

function cancelled(method: string): GateError {
  return new GateError(Code.CANCELLED, `${method} was cancelled`, { reason: "CANCELLED" });
}

function tooLate(method: string, notExecuted: boolean): GateError {
  const message = `${method} took too long${notExecuted ? ": there was no connection" : ""}`;
  return new GateError(Code.DEADLINE_EXCEEDED, message, { reason: "DEADLINE", notExecuted });
}

function refused(reason: string, message: string): GateError {
  return new GateError(Code.RESOURCE_EXHAUSTED, message, { reason, notExecuted: true });
}

function unknownOutcome(method: string): GateError {
  const message = `the session ended before the answer of ${method} came: it may or may not have run`;
  return new GateError(Code.UNKNOWN, message, { reason: "UNKNOWN_OUTCOME" });
}
