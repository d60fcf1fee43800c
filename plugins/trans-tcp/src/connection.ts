import type { Socket } from "node:net";
import type { Clock, M3Error, Timer } from "m3game";
import { isM3Error } from "m3game";
import type { PeerHello } from "m3game/gen/m3/peer_pb.js";
import { reasonError } from "m3game/internal";
import { connectionLost } from "./connection-lost.ts";
import { decodeErrorBody, encodeErrorBody } from "./error-body.ts";
import { FrameType, headerBytes, maxGreetingBytes, preface } from "./frame.ts";
import { FrameParser } from "./frame-parser.ts";
import { FrameWriter } from "./frame-writer.ts";
import { Handshake, type HandshakeOptions } from "./handshake.ts";
import { http2Refusal } from "./http2-refusal.ts";
import { Liveness } from "./liveness.ts";
import { PrefaceCheck } from "./preface-check.ts";

const greetingTimeoutMs = 5000;
/** How long a peer may take to close its side, once this one has. */
const lingerMs = 1000;
/** Above this many bytes that wait for the network nothing is added that can be held back. */
export const highWaterBytes = 4 << 20;

export interface ConnectionOptions extends HandshakeOptions {
  readonly clock: Clock;
  readonly keepAliveMs: number;
  /** The greeting is over. */
  readonly onOpen: (peer: PeerHello) => void;
  /** A frame that is about calls. Throwing closes the connection. */
  readonly onFrame: (type: number, flags: number, buffer: Buffer, start: number, end: number) => void;
  /** The other side takes no new calls any more, and says why. */
  readonly onGoaway: (error: M3Error) => void;
  /** What was written has left. */
  readonly onDrain: () => void;
  /** The connection is over, once. The socket may still be closing. */
  readonly onClose: (error: M3Error) => void;
}

/** One side of a connection: greeting, keepalive, orderly and disorderly end. Calls are the business of its owner. */
export class Connection {
  readonly writer: FrameWriter;
  /** When what is read now has come, on the clock in milliseconds. */
  receivedAt = 0;
  /** Resolves when the socket is gone. */
  readonly gone: Promise<void>;
  readonly #socket: Socket;
  readonly #options: ConnectionOptions;
  readonly #handshake: Handshake;
  readonly #parser: FrameParser;
  readonly #liveness: Liveness;
  #preface: PrefaceCheck | undefined;
  #peer: PeerHello | undefined;
  #timer: Timer | undefined;
  #paused = false;
  #closed = false;

  constructor(socket: Socket, options: ConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.writer = new FrameWriter(socket);
    this.#handshake = new Handshake(options, this.writer);
    this.#preface = new PrefaceCheck(options.role);
    this.#parser = new FrameParser(maxGreetingBytes, this.#onFrame);
    this.#liveness = new Liveness(socket);
    socket.on("data", this.#onData);
    socket.on("drain", this.#onDrain);
    // Stays for good: a socket may report more than one error, also after its end.
    socket.on("error", (cause) => this.#end(connectionLost(socket, cause)));
    this.gone = new Promise((resolve) => {
      socket.on("close", () => {
        this.#end(reasonError("NO_CONNECTION", this.#closedByPeer()));
        resolve();
      });
    });
    this.#timer = options.clock.after(greetingTimeoutMs, () =>
      this.close(reasonError("PROTOCOL", `no greeting within ${greetingTimeoutMs} ms`)),
    );
  }

  /** The peer's limits and identity, undefined before the greeting is over. */
  get peer(): PeerHello | undefined {
    return this.#peer;
  }

  get isOpen(): boolean {
    return this.#peer !== undefined && !this.#closed;
  }

  /** Starts the greeting: what the client does. */
  greet(): void {
    this.#handshake.greet();
  }

  /** Tells the peer to send no new calls. */
  goaway(error: M3Error): void {
    if (!this.#closed) this.writer.plain(FrameType.GOAWAY, encodeErrorBody(error, this.#maxErrorBytes));
  }

  /** Says why, if the peer can still hear it, and closes. */
  close(error: M3Error): void {
    if (this.#closed) return;
    if (!this.#handshake.greeted) this.writer.raw(preface);
    this.goaway(error);
    this.#endWith(error);
  }

  /** Reads no more while too much waits for the network: who does not take answers gets no more calls read. */
  throttle(): void {
    if (this.#paused || this.#closed || this.writer.backlogBytes <= highWaterBytes) return;
    this.#paused = true;
    this.#socket.pause();
  }

  get #maxErrorBytes(): number {
    return (this.#peer?.maxFrameBytes ?? maxGreetingBytes) - headerBytes;
  }

  readonly #onDrain = (): void => {
    if (this.#closed) return;
    if (this.#paused) {
      this.#paused = false;
      this.#socket.resume();
    }
    this.#options.onDrain();
  };

  readonly #onData = (chunk: Buffer): void => {
    this.#liveness.heard = true;
    this.receivedAt = this.#options.clock.now();
    try {
      this.#parser.push(this.#preface === undefined ? chunk : this.#preface.strip(chunk));
    } catch (error) {
      const reason = isM3Error(error)
        ? error
        : reasonError("PROTOCOL", `undecodable frame: ${error}`, { cause: error });
      if (!this.#preface?.isHttp2) return this.close(reason);
      this.writer.raw(http2Refusal(reason.message));
      this.#endWith(reason);
    }
  };

  readonly #onFrame = (type: number, flags: number, buffer: Buffer, start: number, end: number): void => {
    if (this.#closed) return;
    if (type === FrameType.GOAWAY) return this.#options.onGoaway(decodeErrorBody(buffer, start, end));
    if (this.#peer === undefined) return this.#onGreeting(type, buffer.subarray(start, end));
    if (type !== FrameType.PING && type !== FrameType.PONG) {
      return this.#options.onFrame(type, flags, buffer, start, end);
    }
    if (end - start !== 8) throw reasonError("PROTOCOL", `a ping of ${end - start} bytes instead of 8`);
    // Who does not read gets no more to read; what waits for it shows that this side lives.
    if (type === FrameType.PONG || this.writer.backlogBytes > highWaterBytes) return;
    this.writer.plain(FrameType.PONG, buffer.subarray(start, end));
  };

  #onGreeting(type: number, body: Uint8Array): void {
    const peer = this.#handshake.onFrame(type, body);
    if (peer === undefined) return;
    this.#peer = peer;
    this.#preface = undefined;
    this.#parser.maxFrameBytes = this.#options.maxFrameBytes;
    this.#timer?.cancel();
    this.#keepAlive();
    this.#options.onOpen(peer);
  }

  /** Every interval without a sign of life asks once; two in a row are the end. */
  #keepAlive(asked = false): void {
    const { clock, keepAliveMs } = this.#options;
    this.#timer = clock.after(keepAliveMs, () => {
      if (this.#liveness.check()) return this.#keepAlive();
      if (asked) return this.#end(reasonError("NO_CONNECTION", `the peer said nothing for ${2 * keepAliveMs} ms`));
      this.writer.plain(FrameType.PING, Buffer.alloc(8));
      this.#keepAlive(true);
    });
  }

  #closedByPeer(): string {
    if (this.#peer !== undefined) return "the peer closed the connection";
    return "the peer closed the connection before the greeting was over: is it a trans_tcp with the same Tls setting?";
  }

  #endWith(error: M3Error): void {
    this.writer.flush();
    this.#end(error);
  }

  #end(error: M3Error): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#timer?.cancel();
    // What was written last (a goaway) still leaves, which takes reading on; then the socket goes, also if the peer
    // never closes its side.
    this.#socket.end();
    this.#socket.removeListener("data", this.#onData);
    this.#socket.resume();
    const linger = this.#options.clock.after(lingerMs, () => this.#socket.destroy());
    void this.gone.then(() => linger.cancel());
    this.#options.onClose(error);
  }
}

/** How large a frame may be for messages of this size: head and metadata come on top. */
export function frameLimit(maxMessageBytes: number): number {
  return maxMessageBytes + headerBytes + 16 * 1024;
}
