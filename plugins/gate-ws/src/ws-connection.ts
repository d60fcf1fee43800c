import type { Socket } from "node:net";
import type { GateConnection, GateReceiver } from "m3game";
import type { WebSocket } from "ws";
import { binaryFrame, maxFramedBytes } from "./binary-frame.ts";

const normalClosure = 1000;
/** Codes from here on are for applications: this and a gRPC code. */
const firstOwnCode = 4000;
const maxReasonBytes = 123;
/** How long a client may take to answer that the connection is closed. */
const closeLimitMs = 2000;

/** One client's WebSocket. */
export class WsConnection implements GateConnection {
  readonly remote: string;
  readonly #socket: WebSocket;
  /** What the WebSocket writes its frames to. Without compression it holds none back, so that ours keep their places among them. */
  readonly #stream: Socket;

  constructor(socket: WebSocket, stream: Socket, remote: string) {
    this.#socket = socket;
    this.#stream = stream;
    this.remote = remote;
  }

  get backlogBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(message: Uint8Array): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (message.length <= maxFramedBytes) this.#stream.write(binaryFrame(message));
    else this.#socket.send(message);
  }

  close(code: number, reason: string): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    this.#socket.close(code === 0 ? normalClosure : firstOwnCode + code, shortReason(reason));
    const timer = setTimeout(() => this.#socket.terminate(), closeLimitMs);
    timer.unref();
    this.#socket.once("close", () => clearTimeout(timer));
  }

  /** Hands what comes to `receiver`. */
  receive(receiver: GateReceiver): void {
    this.#socket.on("message", (data: Buffer, isBinary: boolean) => {
      if (isBinary) receiver.onMessage(data);
      else this.#socket.close(1003, "write binary frames");
    });
    this.#socket.on("close", () => receiver.onClose());
  }
}

/** As much of the text as fits a close frame, cut between characters. */
function shortReason(reason: string): string {
  const { read } = new TextEncoder().encodeInto(reason, new Uint8Array(maxReasonBytes));
  return reason.slice(0, read);
}
