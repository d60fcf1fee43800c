import type { Socket } from "node:net";
import type { Clock, ConnectOptions, Link, LinkState, M3Error, OutboundCall, Timer } from "m3game";
import { CallTable, type ReasonName, reasonError } from "m3game/internal";
import { Connection, highWaterBytes } from "./connection.ts";
import { decodeErrorBody } from "./error-body.ts";
import { FrameType, headerBytes, maxChainLength, maxHashKeyLength, maxHeadBytes } from "./frame.ts";
import { type RequestHead, requestBodyBytes, timeoutField } from "./frame-writer.ts";

const firstRetryMs = 100;
const maxRetryMs = 5000;
/** A connection that lasted less long counts as a failed attempt, so that one that comes and goes is not tried at once. */
const steadyMs = 5000;

export interface TcpLinkOptions extends ConnectOptions {
  readonly clock: Clock;
  readonly keepAliveMs: number;
  readonly maxFrameBytes: number;
  readonly maxInFlight: number;
  readonly secret: string | undefined;
  /** Opens a socket to the endpoint; errors come as its `error` event. */
  readonly open: () => Socket;
  /** Told once when it was disposed. */
  readonly onDispose: (link: TcpLink) => void;
}

/** The client side of one connection, kept up: calls by stream id, and those that wait until they can be sent. */
export class TcpLink implements Link {
  state: LinkState = "connecting";
  readonly #options: TcpLinkOptions;
  readonly #calls = new CallTable<OutboundCall>();
  readonly #waiting = new Set<OutboundCall>();
  #connection: Connection | undefined;
  #nextStream = 1;
  #failures = 0;
  #openedAt = Number.POSITIVE_INFINITY;
  #retry: Timer | undefined;
  #disposed: Promise<void> | undefined;
  /** The peer takes no new calls over this connection. */
  #leaving = false;
  /** Why the link is down. */
  #problem: M3Error | undefined;

  constructor(options: TcpLinkOptions) {
    this.#options = options;
    this.#connect();
  }

  send(call: OutboundCall): void {
    const connection = this.#connection;
    if (this.state === "up" && connection !== undefined) {
      if (this.#calls.size + this.#waiting.size >= this.#maxInFlight(connection)) return call.fail(this.#overloaded());
      if (this.#waiting.size > 0 || connection.writer.backlogBytes > highWaterBytes) this.#waiting.add(call);
      else this.#write(connection, call);
      return;
    }
    if (this.state === "down") return call.fail(this.#unreachable());
    if (this.#waiting.size >= this.#options.maxInFlight) return call.fail(this.#overloaded());
    this.#waiting.add(call);
  }

  cancel(call: OutboundCall): void {
    if (this.#waiting.delete(call)) return;
    const stream = call.linkState;
    if (typeof stream !== "number" || this.#calls.get(stream) !== call) return;
    this.#calls.delete(stream);
    if (this.#connection?.isOpen) this.#connection.writer.stream(FrameType.CANCEL, stream, nothing);
    this.#closeIfDone();
  }

  /** Fails what is in flight and closes; resolves when the socket is gone. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  #dispose(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#retry?.cancel();
    this.#problem = undefined;
    connection?.close(reasonError("DRAINING", `${this.#options.sourceApp} closes the connection`));
    this.#setState("down");
    this.#failAll(this.#unreachable());
    this.#options.onDispose(this);
    return connection?.gone ?? Promise.resolve();
  }

  #connect(): void {
    const { clock, keepAliveMs, maxFrameBytes, maxInFlight, secret, sourceApp, targetApp } = this.#options;
    this.#retry = undefined;
    this.#leaving = false;
    this.#openedAt = Number.POSITIVE_INFINITY;
    const connection = new Connection(this.#options.open(), {
      role: "client",
      app: sourceApp,
      expectedApp: targetApp,
      maxFrameBytes,
      maxInFlight,
      secret,
      clock,
      keepAliveMs,
      onOpen: () => this.#onOpen(),
      onFrame: this.#onFrame,
      onGoaway: (error) => this.#onGoaway(error),
      onDrain: () => this.#flushWaiting(),
      onClose: (error) => this.#onClose(connection, error),
    });
    this.#connection = connection;
    connection.greet();
  }

  #onOpen(): void {
    this.#openedAt = this.#options.clock.now();
    this.#setState("up");
    this.#flushWaiting();
  }

  #onGoaway(error: M3Error): void {
    this.#leaving = true;
    this.#problem = error;
    this.#setState("down");
    const refusal = this.#unreachable();
    for (const call of this.#takeWaiting()) call.fail(refusal);
    this.#closeIfDone();
  }

  /** A peer that takes nothing new is left as soon as it has answered everything. */
  #closeIfDone(): void {
    if (!this.#leaving || this.#calls.size > 0) return;
    this.#connection?.close(reasonError("DRAINING", `${this.#options.sourceApp} has all its answers`));
  }

  #onClose(connection: Connection, error: M3Error): void {
    // Otherwise it was disposed.
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    if (!this.#leaving) this.#problem = error;
    this.#setState("down");
    this.#failAll(this.#unreachable());
    if (this.#disposed !== undefined) return;
    const { clock } = this.#options;
    if (clock.now() - this.#openedAt >= steadyMs) this.#failures = 0;
    const delay = Math.min(maxRetryMs, firstRetryMs * 2 ** this.#failures++);
    this.#retry = clock.after(delay * (0.5 + Math.random() / 2), () => this.#connect());
  }

  #failAll(notSent: M3Error): void {
    for (const call of this.#calls.takeAll()) call.fail(this.#brokenOff(call));
    for (const call of this.#takeWaiting()) call.fail(notSent);
  }

  #brokenOff({ method }: OutboundCall): M3Error {
    const { targetApp } = this.#options;
    return reasonError("UNKNOWN_OUTCOME", `the connection to ${targetApp} broke before ${method} was answered`);
  }

  #takeWaiting(): OutboundCall[] {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    return waiting;
  }

  #flushWaiting(): void {
    const connection = this.#connection;
    if (this.state !== "up" || connection === undefined) return;
    for (const call of this.#waiting) {
      if (connection.writer.backlogBytes > highWaterBytes) return;
      this.#waiting.delete(call);
      // It may have waited before the peer said how many calls it takes.
      if (this.#calls.size >= this.#maxInFlight(connection)) call.fail(this.#overloaded());
      else this.#write(connection, call);
    }
  }

  #write(connection: Connection, call: OutboundCall): void {
    const { hashKey, chain } = call;
    if (hashKey.length > maxHashKeyLength || chain.length > maxChainLength) return call.fail(longHead(call));
    const stream = this.#newStream();
    const { payload, sourceApp, notify } = call;
    const head: RequestHead = {
      stream,
      method: call.method,
      timeoutMs: timeoutField(call.deadline - this.#options.clock.now()),
      routeType: call.routeType,
      hops: call.hops,
      notify,
      hashKey,
      chain,
      source: sourceApp === this.#options.sourceApp ? "" : sourceApp,
      metadata: call.metadata,
    };
    const limit = connection.peer?.maxFrameBytes ?? 0;
    // Looked at closely only where it may matter: nearly all messages are far below the limit.
    if (payload.length + maxHeadBytes > limit && headerBytes + requestBodyBytes(head) + payload.length > limit) {
      return call.fail(
        reasonError(
          "MESSAGE_TOO_LARGE",
          `the request of ${call.method} takes ${payload.length} bytes, more than ${this.#options.targetApp} accepts: raise MaxMessageBytes of its trans_tcp or send less`,
        ),
      );
    }
    call.linkState = stream;
    if (!notify) this.#calls.set(stream, call);
    connection.writer.request(head, payload);
    if (notify) call.succeed(nothing);
  }

  #newStream(): number {
    let stream = this.#nextStream;
    while (this.#calls.has(stream)) stream = stream >= 0xffff_fffe ? 1 : stream + 1;
    this.#nextStream = stream >= 0xffff_fffe ? 1 : stream + 1;
    return stream;
  }

  readonly #onFrame = (type: number, _flags: number, buffer: Buffer, start: number, end: number): void => {
    if (type !== FrameType.RESPONSE && type !== FrameType.ERROR) {
      throw reasonError("PROTOCOL", `a server does not send frames of type ${type}`);
    }
    if (end - start < 4) throw reasonError("PROTOCOL", "an answer is cut short");
    const stream = buffer.readUInt32BE(start);
    const call = this.#calls.get(stream);
    // Nobody waits any more: it was cancelled meanwhile.
    if (call === undefined) return;
    this.#calls.delete(stream);
    if (type === FrameType.RESPONSE) call.succeed(buffer.subarray(start + 4, end));
    else this.#failAnswered(call, buffer, start + 4, end);
    if (this.#leaving) this.#closeIfDone();
  };

  #failAnswered(call: OutboundCall, buffer: Buffer, start: number, end: number): void {
    let error: M3Error;
    try {
      error = decodeErrorBody(buffer, start, end);
    } catch (problem) {
      // It was answered, only nobody knows how.
      call.fail(this.#brokenOff(call));
      throw problem;
    }
    call.fail(error);
  }

  #maxInFlight(connection: Connection): number {
    return Math.min(this.#options.maxInFlight, connection.peer?.maxInFlight ?? 0);
  }

  #overloaded(): M3Error {
    return reasonError("OVERLOADED", `too many calls to ${this.#options.targetApp} are unanswered`);
  }

  /** What a call fails with that certainly was not sent. */
  #unreachable(): M3Error {
    const { targetApp, endpoint } = this.#options;
    const problem = this.#problem;
    const message = `${targetApp} can't be reached at ${endpoint}: ${problem?.message ?? "this link is closed"}`;
    return reasonError(unreachableReason(problem), message, { cause: problem });
  }

  #setState(state: LinkState): void {
    if (this.state === state) return;
    this.state = state;
    this.#options.onState(state);
  }
}

const nothing = new Uint8Array(0);

/** Reasons that say more than that there is no connection; with each of them the call was certainly not sent. */
function unreachableReason(problem: M3Error | undefined): ReasonName {
  switch (problem?.reason) {
    case "DRAINING":
    case "WRONG_APP":
    case "UNAUTHENTICATED_PEER":
      return problem.reason;
    default:
      return "NO_CONNECTION";
  }
}

function longHead({ method, hashKey, chain }: OutboundCall): M3Error {
  if (hashKey.length > maxHashKeyLength) {
    const message = `the hash key of ${method} has ${hashKey.length} characters; at most ${maxHashKeyLength} are allowed`;
    return reasonError("ROUTE_INVALID", message);
  }
  const message = `the actors that wait for ${method} take ${chain.length} characters; at most ${maxChainLength} are allowed: shorten their ids`;
  return reasonError("MESSAGE_TOO_LARGE", message);
}
