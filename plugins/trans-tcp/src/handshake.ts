import { randomBytes } from "node:crypto";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type PeerHello, PeerHelloSchema, PeerProofSchema } from "m3game/gen/m3/peer_pb.js";
import { reasonError } from "m3game/internal";
import { FrameType, protocolVersion } from "./frame.ts";
import type { FrameWriter } from "./frame-writer.ts";
import { type Greeting, isProof, makeProof, type Role } from "./proof.ts";

export const nonceBytes = 16;

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

  /** Sends preface and hello. */
  greet(): void {
    this.#writer.preface();
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
    const { role, secret, expectedApp } = this.#options;
    if (peer.minVersion > protocolVersion.max || peer.maxVersion < protocolVersion.min) {
      throw reasonError(
        "PROTOCOL",
        `${peer.app} speaks versions ${peer.minVersion} to ${peer.maxVersion} of the peer protocol, this app ${protocolVersion.min} to ${protocolVersion.max}: upgrade the older one`,
      );
    }
    if (peer.nonce.length !== nonceBytes || peer.maxFrameBytes === 0 || peer.maxInFlight === 0) {
      throw reasonError("PROTOCOL", "the greeting lacks a nonce or its limits");
    }
    if (expectedApp !== undefined && peer.app !== expectedApp) {
      throw reasonError("WRONG_APP", `${expectedApp} was expected at this address, but ${peer.app} answers`);
    }
    if (peer.secretRequired !== (secret !== undefined)) {
      const [has, lacks] = peer.secretRequired ? [peer.app, "this app"] : ["this app", peer.app];
      throw reasonError(
        "UNAUTHENTICATED_PEER",
        `${has} has a Secret in [[Plugin.Trans.trans_tcp]] and ${lacks} has none`,
      );
    }
    this.#peer = peer;
    // The client proves itself first, so that a stranger gets no proof to work on.
    if (secret !== undefined && role === "client") this.#prove(secret, peer);
    return secret === undefined ? peer : undefined;
  }

  #onProof(peer: PeerHello, body: Uint8Array): PeerHello {
    const { role, secret = "" } = this.#options;
    const other = role === "client" ? "server" : "client";
    const { proof } = fromBinary(PeerProofSchema, body);
    if (!isProof(proof, secret, other, this.#greeting(peer))) {
      throw reasonError(
        "UNAUTHENTICATED_PEER",
        `${peer.app} has another Secret in [[Plugin.Trans.trans_tcp]] than this app`,
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
