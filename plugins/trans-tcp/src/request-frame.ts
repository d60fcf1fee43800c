import type { Metadata } from "m3game";
import { addMetadata, checkMetadataSize, emptyMetadata, RouteType, reasonError, toRouteType } from "m3game/internal";
import { knownRequestFlags, noTimeout, RequestFlag } from "./frame.ts";
import type { KnownNames } from "./known-names.ts";

/** A request frame, decoded. */
export interface RequestFrame {
  readonly stream: number;
  /** Milliseconds, Infinity without a deadline. */
  readonly timeoutMs: number;
  readonly routeType: RouteType;
  readonly hops: number;
  readonly notify: boolean;
  readonly method: string;
  readonly hashKey: string;
  /** App id of the caller, empty when it is the app that sent the frame. */
  readonly source: string;
  /** The actors whose turns wait for the call, separated by commas. */
  readonly chain: string;
  readonly metadata: Metadata;
  readonly payload: Uint8Array;
}

/** Decodes the body of a request frame. Throws PROTOCOL for one that is cut short, METADATA_INVALID for bad metadata. */
export function readRequest(
  flags: number,
  buffer: Buffer,
  start: number,
  end: number,
  names: KnownNames,
): RequestFrame {
  if (end - start < 12) throw cutShort();
  // A flag of a later version may have added a field that this one would take for something else.
  if (flags & ~knownRequestFlags) throw reasonError("PROTOCOL", `a request with unknown flags ${flags}`);
  const stream = buffer.readUInt32BE(start);
  const timeout = buffer.readUInt32BE(start + 4);
  const routeType = toRouteType(buffer[start + 8] ?? 0) ?? RouteType.RANDOM;
  const hops = buffer[start + 9] ?? 0;
  const reader = new TextReader(buffer, start + 10, end, names);
  const method = reader.name();
  const hashKey = flags & RequestFlag.HASH_KEY ? reader.utf8() : "";
  const source = flags & RequestFlag.SOURCE ? reader.latin1() : "";
  const chain = flags & RequestFlag.CHAIN ? reader.latin1() : "";
  const metadata = flags & RequestFlag.METADATA ? reader.metadata() : emptyMetadata;
  return {
    stream,
    timeoutMs: timeout === noTimeout ? Number.POSITIVE_INFINITY : timeout,
    routeType,
    hops,
    notify: (flags & RequestFlag.NOTIFY) !== 0,
    method,
    hashKey,
    source,
    chain,
    metadata,
    payload: buffer.subarray(reader.position, end),
  };
}

class TextReader {
  readonly #buffer: Buffer;
  readonly #end: number;
  readonly #names: KnownNames;
  position: number;

  constructor(buffer: Buffer, position: number, end: number, names: KnownNames) {
    this.#buffer = buffer;
    this.position = position;
    this.#end = end;
    this.#names = names;
  }

  /** One of a few texts that come again and again. */
  name(): string {
    const end = this.#textEnd();
    const text = this.#names.read(this.#buffer, this.position, end);
    this.position = end;
    return text;
  }

  latin1(): string {
    const end = this.#textEnd();
    const text = this.#buffer.toString("latin1", this.position, end);
    this.position = end;
    return text;
  }

  utf8(): string {
    const end = this.#textEnd();
    const text = this.#buffer.toString("utf8", this.position, end);
    this.position = end;
    return text;
  }

  metadata(): Metadata {
    const count = this.#u16();
    const metadata = new Map<string, string>();
    for (let index = 0; index < count; index++) addMetadata(metadata, this.name(), this.latin1());
    checkMetadataSize(metadata);
    return metadata;
  }

  #textEnd(): number {
    const length = this.#u16();
    if (this.position + length > this.#end) throw cutShort();
    return this.position + length;
  }

  #u16(): number {
    if (this.position + 2 > this.#end) throw cutShort();
    const value = this.#buffer.readUInt16BE(this.position);
    this.position += 2;
    return value;
  }
}

function cutShort(): Error {
  return reasonError("PROTOCOL", "a request frame is cut short");
}
