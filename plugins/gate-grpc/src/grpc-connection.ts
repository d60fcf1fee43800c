import { constants, type ServerHttp2Stream } from "node:http2";
import { type ServerDuplexStream, status } from "@grpc/grpc-js";
import type { GateConnection, GateReceiver } from "m3game";

export type ClientStream = ServerDuplexStream<Uint8Array, Uint8Array>;

const maxReasonLength = 1024;
/** How long a client may take to read all that was sent, once its stream is ended. */
const closeLimitMs = 2000;

/** One client's stream. */
export class GrpcConnection implements GateConnection {
  readonly remote: string;
  readonly #stream: ClientStream;
  readonly #http2Stream: ServerHttp2Stream | undefined;
  #backlogBytes = 0;
  #closed = false;

  constructor(stream: ClientStream, http2Stream: ServerHttp2Stream | undefined) {
    this.#stream = stream;
    this.#http2Stream = http2Stream;
    this.remote = stream.getPeer();
  }

  get backlogBytes(): number {
    return this.#backlogBytes;
  }

  send(message: Uint8Array): void {
    if (this.#closed) return;
    const { length } = message;
    this.#backlogBytes += length;
    this.#stream.write(message, () => {
      this.#backlogBytes -= length;
    });
  }

  close(code: number, reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    if (code === status.OK) this.#stream.end();
    else this.#stream.emit("error", { code, details: reason.slice(0, maxReasonLength).toWellFormed() });
    this.#closeUnread();
  }

  /** Hands what comes to `receiver`. */
  receive(receiver: GateReceiver): void {
    let isOver = false;
    const end = () => {
      if (isOver) return;
      isOver = true;
      receiver.onClose();
    };
    this.#stream.on("data", (message: Uint8Array) => {
      if (!isOver) receiver.onMessage(message);
    });
    this.#stream.on("end", () => {
      end();
      this.close(status.OK, "");
    });
    this.#stream.on("cancelled", () => {
      this.#closed = true;
      end();
    });
    // Also what is closed from this side.
    this.#stream.on("error", end);
  }

  /** A client that reads nothing would keep the stream, and all that was sent, for as long as it likes. */
  #closeUnread(): void {
    const stream = this.#http2Stream;
    if (stream === undefined || stream.closed) return;
    const timer = setTimeout(() => stream.close(constants.NGHTTP2_CANCEL), closeLimitMs);
    timer.unref();
    stream.once("close", () => clearTimeout(timer));
  }
}
