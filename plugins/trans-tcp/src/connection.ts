import type { Duplex } from "node:stream";
import type { Clock, M3Error, Timer } from "m3game";
import { isM3Error } from "m3game";
import type { PeerHello } from "m3game/gen/m3/peer_pb.js";
import { reasonError } from "m3game/internal";
import { FrameType, headerBytes, maxGreetingBytes, preface } from "./frame.ts";
import { FrameParser } from "./frame-parser.ts";
import { FrameWriter } from "./frame-writer.ts";
import { Handshake, type HandshakeOptions } from "./handshake.ts";

const greetingTimeoutMs = 5000;

export interface ConnectionOptions extends HandshakeOptions {
  readonly clock: Clock;
  readonly keepAliveMs: number;
  /** The greeting is over. */
  readonly onOpen: (peer: PeerHello) => void;
  /** A frame that is about calls. Throwing closes the connection. */
  readonly onFrame: (type: number, flags: number, buffer: Buffer, start: number, end: number) => void;
  /** The other side takes no new calls any more. */
  readonly onGoaway: (message: string) => void;
  /** The connection is over, once. */
  readonly onClose: (error: M3Error) => void;
}

/** One side of a connection: greeting, keepalive, orderly and disorderly end. Calls are the business of its owner. */
export class Connection {
  readonly writer: FrameWriter;
  readonly #socket: Duplex;
  readonly #options: ConnectionOptions;
  readonly #handshake: Handshake;
  readonly #parser: FrameParser;
  #prefaceSeen = 0;
  #peer: PeerHello | undefined;
  #timer: Timer | undefined;
  #heard = true;
  #closed = false;

  constructor(socket: Duplex, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.writer = new FrameWriter(socket);
    this.#handshake = new Handshake(options, this.writer);
    this.#parser = new FrameParser(maxGreetingBytes, this.#onFrame);
    socket.on("data", this.#onData);
    socket.on("error", (cause) =>
      this.#end(reasonError("NO_CONNECTION", `connection lost: ${cause.message}`, { cause })),
    );
    socket.on("close", () => this.#end(reasonError("NO_CONNECTION", "the peer closed the connection")));
    this.#timer = options.clock.after(greetingTimeoutMs, () =>
      this.fail(reasonError("PROTOCOL", `no greeting within ${greetingTimeoutMs} ms`)),
    );
  }

  /** The peer's limits and identity, undefined before the greeting is over. */
  get peer(): PeerHello | undefined {
    return this.#peer;
  }

  get isOpen(): boolean {
    return this.#peer !== undefined && !this.#closed;
  }

  /** Sends this side's greeting: the client at once, the server when the client's came. */
  greet(): void {
    this.#handshake.greet();
  }

  /** Tells the peer to send no new calls. */
  goaway(message: string): void {
    if (this.#closed) return;
    this.writer.plain(FrameType.GOAWAY, Buffer.from(message, "utf8"));
  }

  /** Says why, if the peer can still hear it, and closes. */
  fail(error: M3Error): void {
    if (this.#closed) return;
    this.goaway(error.message);
    this.writer.flush();
    this.#end(error);
  }

  /** Stops reading while `paused`. */
  setPaused(paused: boolean): void {
    if (paused) this.#socket.pause();
    else this.#socket.resume();
  }

  onDrain(listener: () => void): void {
    this.#socket.on("drain", listener);
  }

  readonly #onData = (chunk: Buffer): void => {
    this.#heard = true;
    try {
      const rest = this.#prefaceSeen < preface.length ? this.#checkPreface(chunk) : chunk;
      if (rest.length > 0) this.#parser.push(rest);
    } catch (error) {
      const reason = isM3Error(error)
        ? error
        : reasonError("PROTOCOL", `undecodable frame: ${error}`, { cause: error });
      this.fail(reason);
    }
  };

  #checkPreface(chunk: Buffer): Buffer {
    const length = Math.min(preface.length - this.#prefaceSeen, chunk.length);
    const expected = preface.subarray(this.#prefaceSeen, this.#prefaceSeen + length);
    if (!chunk.subarray(0, length).equals(expected)) {
      const isHttp2 = this.#prefaceSeen === 0 && chunk.subarray(0, 3).toString("latin1") === "PRI";
      throw reasonError(
        "PROTOCOL",
        isHttp2
          ? "this port speaks the m3 peer protocol, not HTTP/2: send gRPC to the port of trans_http2"
          : "the connection does not start with the preface of the m3 peer protocol",
      );
    }
    this.#prefaceSeen += length;
    return chunk.subarray(length);
  }

  readonly #onFrame = (type: number, flags: number, buffer: Buffer, start: number, end: number): void => {
    if (this.#closed) return;
    if (this.#peer === undefined && type !== FrameType.GOAWAY)
      return this.#onGreeting(type, buffer.subarray(start, end));
    switch (type) {
      case FrameType.PING:
        return this.writer.plain(FrameType.PONG, buffer.subarray(start, Math.min(end, start + 8)));
      case FrameType.PONG:
        return;
      case FrameType.GOAWAY:
        return this.#options.onGoaway(buffer.toString("utf8", start, Math.min(end, start + 1024)));
      default:
        this.#options.onFrame(type, flags, buffer, start, end);
    }
  };

  #onGreeting(type: number, body: Uint8Array): void {
    if (type === FrameType.HELLO && this.#options.role === "server") this.greet();
    const peer = this.#handshake.onFrame(type, body);
    if (peer === undefined) return;
    this.#peer = peer;
    this.#parser.maxFrameBytes = this.#options.maxFrameBytes;
    this.#timer?.cancel();
    this.#keepAlive();
    this.#options.onOpen(peer);
  }

  /** Every interval in which nothing was heard asks once; two in a row are the end. */
  #keepAlive(asked = false): void {
    this.#heard = false;
    this.#timer = this.#options.clock.after(this.#options.keepAliveMs, () => {
      if (this.#heard) return this.#keepAlive();
      if (asked) {
        return this.#end(reasonError("NO_CONNECTION", `the peer said nothing for ${2 * this.#options.keepAliveMs} ms`));
      }
      this.writer.plain(FrameType.PING, Buffer.alloc(8));
      this.#keepAlive(true);
    });
  }

  #end(error: M3Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    // What was written last (a goaway) still leaves; then the socket goes, also if the peer never closes its side.
    this.#socket.end();
    this.#socket.removeListener("data", this.#onData);
    this.#socket.resume();
    const linger = this.#options.clock.after(1000, () => this.#socket.destroy());
    this.#socket.once("close", () => linger.cancel());
    this.#options.onClose(error);
  }
}

/** How large a frame may be for messages of this size: head and metadata come on top. */
export function frameLimit(maxMessageBytes: number): number {
  return maxMessageBytes + headerBytes + 16 * 1024;
}
