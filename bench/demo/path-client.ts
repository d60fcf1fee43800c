import { once } from "node:events";
import { WebSocket } from "ws";
import { answerContent, callFrame, loginFrame } from "../gate/frames.ts";

/** A client with one call under way at a time. */
export class PathClient {
  readonly #socket: WebSocket;
  #sequence = 0;
  #resolve: ((content: Uint8Array) => void) | undefined;
  #reject: ((error: unknown) => void) | undefined;

  static async connect(url: string): Promise<PathClient> {
    const socket = new WebSocket(url, { perMessageDeflate: false });
    const client = new PathClient(socket);
    await once(socket, "open");
    return client;
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (message: Buffer) => {
      try {
        this.#resolve?.(answerContent(message));
      } catch (error) {
        this.#reject?.(error);
      }
    });
    socket.on("close", (code) => this.#reject?.(new Error(`the gate has closed the connection with ${code}`)));
  }

  /** Resolves with what the gate answers to the first message. */
  login(content: Uint8Array): Promise<Uint8Array> {
    return this.#send(loginFrame(content));
  }

  call(start: Uint8Array, request: Uint8Array): Promise<Uint8Array> {
    return this.#send(callFrame(start, ++this.#sequence, request));
  }

  #send(frame: Uint8Array): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      this.#socket.send(frame);
    });
  }
}
