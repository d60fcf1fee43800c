import type { Duplex } from "node:stream";
import type { Clock, ConnectOptions, Link, LinkState, M3Error, OutboundCall, Timer } from "m3game";
import { decodeError, reasonError, toCode } from "m3game/internal";
import { Connection, type ConnectionOptions } from "./connection.ts";
import { FrameType, headerBytes } from "./frame.ts";
import { type RequestHead, requestBodyBytes, timeoutField } from "./frame-writer.ts";

const firstRetryMs = 100;
const maxRetryMs = 5000;
/** Above this many bytes that wait for the network, calls wait in line. */
const highWaterBytes = 4 << 20;

export interface TcpLinkOptions extends ConnectOptions {
  readonly clock: Clock;
  readonly keepAliveMs: number;
  readonly maxFrameBytes: number;
  readonly maxInFlight: number;
  readonly secret: string | undefined;
  /** Opens a socket to the endpoint; errors come as its `error` event. */
  readonly open: () => Duplex;
  /** Told once when it was disposed. */
  readonly onDispose: (link: TcpLink) => void;
}

/** The client side of one connection, kept up: calls by stream id, and those that wait until they can be sent. */
export class TcpLink implements Link {
  state: LinkState = "connecting";
  readonly #options: TcpLinkOptions;
  readonly #calls = new Map<number, OutboundCall>();
  readonly #waiting = new Set<OutboundCall>();
  #connection: Connection | undefined;
  #nextStream = 1;
  #failures = 0;
  #retry: Timer | undefined;
  #disposed = false;
  #leaving = false;

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
    if (typeof stream !== "number" || !this.#calls.delete(stream)) return;
    if (this.#connection?.isOpen) this.#connection.writer.stream(FrameType.CANCEL, stream, nothing);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#retry?.cancel();
    this.#connection?.fail(reasonError("DRAINING", `${this.#options.sourceApp} closes the connection`));
    this.#setState("down");
    this.#failAll(this.#unreachable());
    this.#options.onDispose(this);
  }

  #connect(): void {
    const { clock, keepAliveMs, maxFrameBytes, maxInFlight, secret, sourceApp, targetApp } = this.#options;
    this.#retry = undefined;
    this.#leaving = false;
    const socket = this.#options.open();
    const options: ConnectionOptions = {
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
      onGoaway: (message) => this.#onGoaway(message),
      onClose: (error) => this.#onClose(error),
    };
    const connection = new Connection(socket, options);
    connection.onDrain(() => this.#flushWaiting());
    this.#connection = connection;
    connection.greet();
  }

  #onOpen(): void {
    this.#failures = 0;
    this.#setState("up");
    this.#flushWaiting();
  }

  #onGoaway(message: string): void {
    this.#leaving = true;
    this.#lastProblem = message;
    this.#setState("down");
    const refusal = reasonError("DRAINING", `${this.#options.targetApp} takes no new calls: ${message}`);
    for (const call of this.#takeWaiting()) call.fail(refusal);
  }
  #lastProblem = "";

  #onClose(error: M3Error): void {
    this.#connection = undefined;
    if (this.#disposed) return;
    if (!this.#leaving) this.#lastProblem = error.message;
    this.#setState("down");
    this.#failAll(this.#unreachable());
    const delay = Math.min(maxRetryMs, firstRetryMs * 2 ** this.#failures++);
    this.#retry = this.#options.clock.after(delay * (0.5 + Math.random() / 2), () => this.#connect());
  }

  #failAll(notSent: M3Error): void {
    const sent = [...this.#calls.values()];
    this.#calls.clear();
    for (const call of sent) {
      call.fail(
        reasonError(
          "UNKNOWN_OUTCOME",
          `the connection to ${this.#options.targetApp} broke before ${call.method} was answered`,
        ),
      );
    }
    for (const call of this.#takeWaiting()) call.fail(notSent);
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
      this.#write(connection, call);
    }
  }

  #write(connection: Connection, call: OutboundCall): void {
    const stream = this.#newStream();
    const { payload, sourceApp, notify } = call;
    const head: RequestHead = {
      stream,
      method: call.method,
      timeoutMs: timeoutField(call.deadline - this.#options.clock.now()),
      routeType: call.routeType,
      hops: call.hops,
      notify,
      hashKey: call.hashKey,
      source: sourceApp === this.#options.sourceApp ? "" : sourceApp,
      metadata: call.metadata,
    };
    const limit = connection.peer?.maxFrameBytes ?? 0;
    // Looked at closely only where it may matter: nearly all messages are far below the limit.
    if (payload.length + 16_384 > limit && headerBytes + requestBodyBytes(head) + payload.length > limit) {
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
    if (type === FrameType.RESPONSE) return call.succeed(buffer.subarray(start + 4, end));
    call.fail(readError(buffer, start + 4, end));
  };

  #maxInFlight(connection: Connection): number {
    return Math.min(this.#options.maxInFlight, connection.peer?.maxInFlight ?? 0);
  }

  #overloaded(): M3Error {
    return reasonError("OVERLOADED", `too many calls to ${this.#options.targetApp} are unanswered`);
  }

  #unreachable(): M3Error {
    const { targetApp, endpoint } = this.#options;
    if (this.#leaving) return reasonError("DRAINING", `${targetApp} takes no new calls: ${this.#lastProblem}`);
    return reasonError(
      "NO_CONNECTION",
      `${targetApp} can't be reached at ${endpoint}: ${this.#lastProblem || "closed"}`,
    );
  }

  #setState(state: LinkState): void {
    if (this.state === state) return;
    this.state = state;
    this.#options.onState(state);
  }
}

const nothing = new Uint8Array(0);

/** The body of an error frame, behind its stream id. Throws PROTOCOL. */
function readError(buffer: Buffer, start: number, end: number): M3Error {
  const textStart = start + 3;
  const textEnd = textStart + (textStart <= end ? buffer.readUInt16BE(start + 1) : 0);
  if (textStart > end || textEnd > end) throw reasonError("PROTOCOL", "an error frame is cut short");
  return decodeError(
    toCode(buffer[start] ?? 0),
    buffer.toString("utf8", textStart, textEnd),
    buffer.subarray(textEnd, end),
  );
}
