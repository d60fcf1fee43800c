/** The first bytes of a connection, from both sides (docs/peer-protocol.md). The line end shows a translating proxy. */
export const preface: Buffer = Buffer.from("M3PEER\r\n", "latin1");

/** The protocol versions this implementation speaks. */
export const protocolVersion = { min: 1, max: 1 } as const;

/** Length, type and flags: what every frame starts with, in bytes. */
export const headerBytes = 6;

/** The largest frame before the greeting is over, and the least that a peer must accept after it, in bytes. */
export const maxGreetingBytes = 4096;

export const FrameType = {
  HELLO: 1,
  PROOF: 2,
  REQUEST: 3,
  RESPONSE: 4,
  ERROR: 5,
  CANCEL: 6,
  PING: 7,
  PONG: 8,
  GOAWAY: 9,
} as const;

export const RequestFlag = {
  NOTIFY: 1,
  METADATA: 2,
  HASH_KEY: 4,
  SOURCE: 8,
  CHAIN: 16,
} as const;

/** Every flag that version 1 knows. */
export const knownRequestFlags = 31;

/** The longest key of a hash route, in UTF-16 units. */
export const maxHashKeyLength = 4096;

/** The longest call chain, in characters. */
export const maxChainLength = 8192;

/** More than the head of any request takes: method, hash key, source, chain and metadata at their limits, in bytes. */
export const maxHeadBytes = 64 * 1024;

/** The time-out field of a call without a deadline. */
export const noTimeout = 0xffff_ffff;
