import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { create, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { Received } from "@m3game/testing";
import type { M3Error } from "m3game";
import { PeerHelloSchema } from "m3game/gen/m3/peer_pb.js";
import { decodeErrorBody } from "../../src/error-body.ts";
import { FrameType, headerBytes, preface } from "../../src/frame.ts";
import { FrameParser } from "../../src/frame-parser.ts";

export interface RawFrame {
  readonly type: number;
  readonly flags: number;
  readonly body: Buffer;
}

/** One end of a connection that sends whatever a test wants and decodes what comes. */
export class RawPeer implements AsyncDisposable {
  readonly socket: Socket;
  readonly frames = new Received<RawFrame>();
  /** Resolves when the connection is closed, however. */
  readonly closed: Promise<void>;
  #prefaceBytes = preface.length;

  constructor(socket: Socket) {
    this.socket = socket;
    const parser = new FrameParser(1 << 30, (type, flags, buffer, start, end) =>
      this.frames.listener({ type, flags, body: Buffer.from(buffer.subarray(start, end)) }),
    );
    socket.on("data", (chunk: Buffer) => {
      const skipped = Math.min(this.#prefaceBytes, chunk.length);
      this.#prefaceBytes -= skipped;
      parser.push(chunk.subarray(skipped));
    });
    socket.on("error", () => {});
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
  }

  static async connect(endpoint: string): Promise<RawPeer> {
    const colon = endpoint.lastIndexOf(":");
    const socket = connect({ host: endpoint.slice(0, colon), port: Number(endpoint.slice(colon + 1)) });
    await once(socket, "connect");
    return new RawPeer(socket);
  }

  /** Connects and goes through the greeting. */
  static async greeted(endpoint: string, hello: MessageInitShape<typeof PeerHelloSchema> = {}): Promise<RawPeer> {
    const peer = await RawPeer.connect(endpoint);
    peer.greet(hello);
    await peer.frame(FrameType.HELLO);
    return peer;
  }

  greet(hello: MessageInitShape<typeof PeerHelloSchema> = {}): void {
    this.socket.write(Buffer.concat([preface, helloFrame(hello)]));
  }

  send(type: number, body: Uint8Array = new Uint8Array(), flags = 0): void {
    this.socket.write(rawFrame(type, body, flags));
  }

  /** Resolves with the newest frame as soon as it is of this type. */
  frame(type: number): Promise<RawFrame> {
    return this.frames.until((last) => last.type === type);
  }

  /** Resolves with the error of the goaway that comes. */
  async goaway(): Promise<M3Error> {
    const { body } = await this.frame(FrameType.GOAWAY);
    return decodeErrorBody(body, 0, body.length);
  }

  /** Resolves with the error that answers this stream. */
  async errorOf(stream: number): Promise<M3Error> {
    const { body } = await this.frames.until(
      ({ type, body }) => type === FrameType.ERROR && body.readUInt32BE(0) === stream,
    );
    return decodeErrorBody(body, 4, body.length);
  }

  /** Resolves with the payload that answers this stream. */
  async responseTo(stream: number): Promise<Buffer> {
    const { body } = await this.frames.until(
      ({ type, body }) => type === FrameType.RESPONSE && body.readUInt32BE(0) === stream,
    );
    return body.subarray(4);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.closed;
  }
}

export function rawFrame(type: number, body: Uint8Array = new Uint8Array(), flags = 0): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt32BE(body.length + 2);
  header[4] = type;
  header[5] = flags;
  return Buffer.concat([header, body]);
}

export const rawApp = "test.world1.caller.1";

export function helloFrame(hello: MessageInitShape<typeof PeerHelloSchema> = {}): Buffer {
  const message = create(PeerHelloSchema, {
    minVersion: 1,
    maxVersion: 1,
    app: rawApp,
    nonce: new Uint8Array(16),
    maxFrameBytes: 1 << 22,
    maxInFlight: 100,
    ...hello,
  });
  return rawFrame(FrameType.HELLO, toBinary(PeerHelloSchema, message));
}
