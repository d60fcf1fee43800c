import type { Duplex } from "node:stream";
import { FrameType, headerBytes, noTimeout, RequestFlag } from "./frame.ts";

const slabBytes = 64 * 1024;

/** What a request frame is made of. */
export interface RequestHead {
  readonly stream: number;
  readonly method: string;
  /** Milliseconds, `noTimeout` without a deadline. */
  readonly timeoutMs: number;
  readonly routeType: number;
  readonly hops: number;
  readonly notify: boolean;
  readonly hashKey: string;
  /** App id of the caller where it is not the app that sends the frame. */
  readonly source: string;
  /** The actors whose turns wait for the call. */
  readonly chain: string;
  readonly metadata: ReadonlyMap<string, string>;
}

/**
 * Writes frames into slabs and hands them to the socket once a turn of the event loop, so that many calls share one write. The slab is
 * never written to again where the socket may still read it.
 */
export class FrameWriter {
  readonly #socket: Duplex;
  #slab: Buffer = Buffer.allocUnsafeSlow(slabBytes);
  #start = 0;
  #position = 0;
  #scheduled = false;

  constructor(socket: Duplex) {
    this.#socket = socket;
  }

  /** Bytes that wait for the network. */
  get backlogBytes(): number {
    return this.#socket.writableLength + this.#position - this.#start;
  }

  /** Bytes that are no frame, as the preface. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes(bytes);
  }

  /** A frame whose body is the given bytes. */
  plain(type: number, body: Uint8Array): void {
    this.#header(type, 0, body.length);
    this.#bytes(body);
  }

  /** A frame whose body is a stream id and the given bytes. */
  stream(type: number, stream: number, body: Uint8Array): void {
    this.#header(type, 0, 4 + body.length);
    this.#u32(stream);
    this.#bytes(body);
  }

  request(head: RequestHead, payload: Uint8Array): void {
    const { method, hashKey, source, chain, metadata } = head;
    let flags = 0;
    if (head.notify) flags |= RequestFlag.NOTIFY;
    if (metadata.size > 0) flags |= RequestFlag.METADATA;
    if (hashKey !== "") flags |= RequestFlag.HASH_KEY;
    if (source !== "") flags |= RequestFlag.SOURCE;
    if (chain !== "") flags |= RequestFlag.CHAIN;
    this.#header(FrameType.REQUEST, flags, requestBodyBytes(head) + payload.length);
    this.#u32(head.stream);
    this.#u32(head.timeoutMs);
    this.#slab[this.#position++] = head.routeType;
    this.#slab[this.#position++] = head.hops;
    this.#ascii(method);
    if (hashKey !== "") this.#utf8(hashKey);
    if (source !== "") this.#ascii(source);
    if (chain !== "") this.#ascii(chain);
    if (metadata.size > 0) {
      this.#u16(metadata.size);
      for (const [key, value] of metadata) {
        this.#ascii(key);
        this.#ascii(value);
      }
    }
    this.#bytes(payload);
  }

  /** Hands everything to the socket now. */
  flush(): void {
    this.#scheduled = false;
    if (this.#position === this.#start) return;
    const chunk = this.#slab.subarray(this.#start, this.#position);
    this.#start = this.#position;
    if (!this.#socket.destroyed && !this.#socket.writableEnded) this.#socket.write(chunk);
  }

  #header(type: number, flags: number, bodyBytes: number): void {
    this.#reserve(headerBytes + bodyBytes);
    this.#u32(bodyBytes + 2);
    this.#slab[this.#position++] = type;
    this.#slab[this.#position++] = flags;
  }

  #reserve(bytes: number): void {
    if (this.#slab.length - this.#position < bytes) {
      this.flush();
      this.#slab = Buffer.allocUnsafeSlow(Math.max(slabBytes, bytes));
      this.#start = 0;
      this.#position = 0;
    }
    if (this.#scheduled) return;
    this.#scheduled = true;
    // Once all sockets that have something were read: what comes over many of them, as at a gate, leaves together.
    setImmediate(() => this.flush());
  }

  #u16(value: number): void {
    this.#position = this.#slab.writeUInt16BE(value, this.#position);
  }

  #u32(value: number): void {
    this.#position = this.#slab.writeUInt32BE(value, this.#position);
  }

  #bytes(bytes: Uint8Array): void {
    this.#slab.set(bytes, this.#position);
    this.#position += bytes.length;
  }

  #ascii(text: string): void {
    this.#u16(text.length);
    this.#position += this.#slab.write(text, this.#position, "latin1");
  }

  #utf8(text: string): void {
    const written = this.#slab.write(text, this.#position + 2, "utf8");
    this.#u16(written);
    this.#position += written;
  }
}

/** How long the body of a request frame is without its payload, in bytes. */
export function requestBodyBytes({ method, hashKey, source, chain, metadata }: RequestHead): number {
  let bytes = 12 + method.length;
  if (hashKey !== "") bytes += 2 + Buffer.byteLength(hashKey, "utf8");
  if (source !== "") bytes += 2 + source.length;
  if (chain !== "") bytes += 2 + chain.length;
  if (metadata.size > 0) {
    bytes += 2;
    for (const [key, value] of metadata) bytes += 4 + key.length + value.length;
  }
  return bytes;
}

/** The time-out field for what is left of a deadline, rounded up to whole milliseconds. */
export function timeoutField(remainingMs: number): number {
  return remainingMs === Number.POSITIVE_INFINITY
    ? noTimeout
    : Math.min(noTimeout - 1, Math.max(0, Math.ceil(remainingMs)));
}
