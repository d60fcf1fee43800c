import { reasonError } from "m3game/internal";
import { preface } from "./frame.ts";
import type { Role } from "./proof.ts";

/** The first bytes of a TLS record: handshake or alert, and the version's first byte. */
const tlsStart = [Buffer.of(0x16, 3), Buffer.of(0x15, 3)];
const http2Start = Buffer.from("PRI", "latin1");

/** Checks that a connection starts with the preface, however it is cut into chunks. */
export class PrefaceCheck {
  readonly #role: Role;
  #seen = 0;
  /** An HTTP/2 client wants to be told so in HTTP/2. */
  isHttp2 = false;

  /** `role` is that of this side. */
  constructor(role: Role) {
    this.#role = role;
  }

  /** Takes the next bytes and returns what follows the preface. Throws PROTOCOL, guessing what the other side speaks. */
  strip(chunk: Buffer): Buffer {
    const length = Math.min(preface.length - this.#seen, chunk.length);
    const expected = preface.subarray(this.#seen, this.#seen + length);
    if (!chunk.subarray(0, length).equals(expected)) throw reasonError("PROTOCOL", this.#explain(chunk));
    this.#seen += length;
    return chunk.subarray(length);
  }

  #explain(chunk: Buffer): string {
    if (this.#seen === 0 && startsWith(chunk, http2Start)) {
      this.isHttp2 = true;
      return "this port speaks the m3 peer protocol, not HTTP/2: send gRPC to the port of trans_http2";
    }
    if (this.#seen === 0 && tlsStart.some((start) => startsWith(chunk, start))) {
      return this.#role === "server"
        ? "the caller speaks TLS, this port does not: set Tls in [[Plugin.Trans.trans_tcp]] of all apps or of none"
        : "the other side speaks TLS, this app does not: set Tls in [[Plugin.Trans.trans_tcp]] of all apps or of none";
    }
    return "the connection does not start with the preface of the m3 peer protocol: is the port that of a trans_tcp?";
  }
}

function startsWith(chunk: Buffer, start: Buffer): boolean {
  return chunk.subarray(0, start.length).equals(start);
}
