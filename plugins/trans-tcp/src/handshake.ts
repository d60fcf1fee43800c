import { randomBytes } from "node:crypto";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { isM3Error, parseAppId } from "m3game";
import { type PeerHello, PeerHelloSchema, PeerProofSchema } from "m3game/gen/m3/peer_pb.js";
import { reasonError } from "m3game/internal";
import { FrameType, maxGreetingBytes, preface, protocolVersion } from "./frame.ts";
import type { FrameWriter } from "./frame-writer.ts";
import { type Greeting, isProof, makeProof, type Role } from "./proof.ts";

const nonceBytes = 16;

export interface HandshakeOptions {
  readonly role: Role;
  readonly app: string;
  readonly maxFrameBytes: number;
  readonly maxInFlight: number;
  readonly secret: string | undefined;
  /** The app that must answer, for a client. */
  readonly expectedApp?: string;
}

/**
 * The greeting of one side: hello, and with a shared secret a proof after it. The client speaks first; nothing but
 * greeting frames may come before the other side's part is complete.
 */
export class Handshake {
  readonly #options: HandshakeOptions;
  readonly #writer: FrameWriter;
  readonly #hello: PeerHello;
  #greeted = false;
  #peer: PeerHello | undefined;

  constructor(options: HandshakeOptions, writer: FrameWriter) {
    this.#options = options;
    this.#writer = writer;
    this.#hello = create(PeerHelloSchema, {
      minVersion: protocolVersion.min,
      maxVersion: protocolVersion.max,
      app: options.app,
      nonce: randomBytes(nonceBytes),
      maxFrameBytes: options.maxFrameBytes,
      maxInFlight: options.maxInFlight,
      secretRequired: options.secret !== undefined,
    });
  }

  /** True once this side has sent its preface. */
  get greeted(): boolean {
    return this.#greeted;
  }

  /** Sends preface and hello: the client at once, the server when it has accepted the client's hello. */
  greet(): void {
    this.#greeted = true;
    this.#writer.raw(preface);
    this.#writer.plain(FrameType.HELLO, toBinary(PeerHelloSchema, this.#hello));
    this.#writer.flush();
  }

  /**
   * Takes a greeting frame. Returns the peer's hello once its part is complete, undefined before. Throws PROTOCOL,
   * WRONG_APP or UNAUTHENTICATED_PEER: the connection is then of no use.
   */
  onFrame(type: number, body: Uint8Array): PeerHello | undefined {
    if (type === FrameType.HELLO && this.#peer === undefined) return this.#onHello(fromBinary(PeerHelloSchema, body));
    if (type === FrameType.PROOF && this.#peer !== undefined) return this.#onProof(this.#peer, body);
    throw reasonError("PROTOCOL", `frame type ${type} before the greeting was over`);
  }

  #onHello(peer: PeerHello): PeerHello | undefined {
    const { role, app, secret, expectedApp } = this.#options;
    checkHello(peer, app);
    if (expectedApp !== undefined && peer.app !== expectedApp) {
      throw reasonError("WRONG_APP", `${expectedApp} was expected at this address, but ${peer.app} answers`);
    }
    if (peer.secretRequired !== (secret !== undefined)) {
      const [has, lacks] = peer.secretRequired ? [peer.app, app] : [app, peer.app];
      throw reasonError(
        "UNAUTHENTICATED_PEER",
        `${has} has a Secret in [[Plugin.Trans.trans_tcp]] and ${lacks} has none`,
      );
    }
    this.#peer = peer;
    if (role === "server") this.greet();
    // The client proves itself first, so that a stranger gets no proof to work on.
    else if (secret !== undefined) this.#prove(secret, peer);
    return secret === undefined ? peer : undefined;
  }

  #onProof(peer: PeerHello, body: Uint8Array): PeerHello {
    const { role, app, secret = "" } = this.#options;
    const other = role === "client" ? "server" : "client";
    const { proof } = fromBinary(PeerProofSchema, body);
    if (!isProof(proof, secret, other, this.#greeting(peer))) {
      throw reasonError(
        "UNAUTHENTICATED_PEER",
        `${peer.app} has another Secret in [[Plugin.Trans.trans_tcp]] than ${app}`,
      );
    }
    if (role === "server") this.#prove(secret, peer);
    return peer;
  }

  #prove(secret: string, peer: PeerHello): void {
    const proof = makeProof(secret, this.#options.role, this.#greeting(peer));
    this.#writer.plain(FrameType.PROOF, toBinary(PeerProofSchema, create(PeerProofSchema, { proof })));
    this.#writer.flush();
  }

  #greeting(peer: PeerHello): Greeting {
    const [client, server] = this.#options.role === "client" ? [this.#hello, peer] : [peer, this.#hello];
    return { clientNonce: client.nonce, serverNonce: server.nonce, clientApp: client.app, serverApp: server.app };
  }
}

/** Throws PROTOCOL for a hello that this side, the app `app`, can't go on with. */
function checkHello({ app: peer, minVersion, maxVersion, nonce, maxFrameBytes, maxInFlight }: PeerHello, app: string) {
  try {
    parseAppId(peer);
  } catch (cause) {
    throw reasonError("PROTOCOL", `the greeting names no app: ${isM3Error(cause) ? cause.message : cause}`, { cause });
  }
  if (minVersion > protocolVersion.max || maxVersion < protocolVersion.min) {
    throw reasonError(
      "PROTOCOL",
      `${peer} speaks versions ${minVersion} to ${maxVersion} of the peer protocol, ${app} speaks ${protocolVersion.min} to ${protocolVersion.max}: upgrade the older one`,
    );
  }
  if (nonce.length !== nonceBytes) {
    throw reasonError("PROTOCOL", `the nonce of ${peer} has ${nonce.length} bytes instead of ${nonceBytes}`);
  }
  if (maxFrameBytes < maxGreetingBytes || maxInFlight === 0) {
    throw reasonError(
      "PROTOCOL",
      `${peer} accepts frames of ${maxFrameBytes} bytes and ${maxInFlight} calls in flight; at least ${maxGreetingBytes} and 1 are needed`,
    );
  }
}
