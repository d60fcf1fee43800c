import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { answerContent, callFrame, loginFrame } from "../gate/frames.ts";
import { frameClient, messageIn } from "./ws-frames.ts";

/**
 * A client with one call under way at a time, over a bare socket: what is measured is the demo, so its players should cost
 * as little as they can.
 */
export class PathClient {
  readonly #socket: Socket;
  #sequence = 0;
  /** What has come of the next message. */
  #rest: Buffer = Buffer.alloc(0);
  #resolve: ((content: Uint8Array) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;

  static async connect(host: string, port: number): Promise<PathClient> {
    const socket = connect({ host, port, noDelay: true });
    await once(socket, "connect");
    socket.write(upgrade);
    const [answer]: Buffer[] = await once(socket, "data");
    const head = answer?.toString("latin1") ?? "";
    if (!head.startsWith("HTTP/1.1 101 ") || !head.endsWith("\r\n\r\n"))
      throw new Error(`the gate answered the upgrade with ${head}`);
    return new PathClient(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (data) => this.#receive(data));
    socket.on("close", () => this.#reject?.(new Error("the gate has closed the connection")));
    socket.on("error", () => {});
  }

  /** Resolves with what the gate answers to the first message. */
  login(content: Uint8Array): Promise<Uint8Array> {
    return this.#send(loginFrame(content));
  }

  call(start: Uint8Array, request: Uint8Array): Promise<Uint8Array> {
    return this.#send(callFrame(start, ++this.#sequence, request));
  }

  close(): void {
    this.#reject = undefined;
    this.#socket.destroy();
  }

  #send(message: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#socket.write(frameClient(message));
    });
  }

  #receive(data: Buffer): void {
    this.#rest = this.#rest.length === 0 ? data : Buffer.concat([this.#rest, data]);
    const found = messageIn(this.#rest);
    if (found === undefined) return;
    this.#rest = this.#rest.subarray(found.end);
    try {
      this.#resolve?.(answerContent(found.message));
    } catch (error) {
      this.#reject?.(error);
    }
  }
}

const upgrade = [
  "GET / HTTP/1.1",
  "Host: bench",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
  "\r\n",
].join("\r\n");
