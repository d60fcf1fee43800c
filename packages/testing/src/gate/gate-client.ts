/** How a connection ended, as the protocol says it. */
export interface GateEnd {
  /** A gRPC code; 0: it ended in order, undefined: it broke, or ended with a code that is no gRPC code. */
  readonly code: number | undefined;
  readonly reason: string;
}

/** A client's end of a connection, as a conformance run of a gate plugin makes it. */
export interface GateClient {
  /** Writes one message. */
  write(message: Uint8Array): void;
  /** Called with each message that comes. */
  onMessage: (message: Uint8Array) => void;
  /** Called once the connection is over. */
  onEnd: (end: GateEnd) => void;
  /** Ends the connection in order. */
  end(): void;
  /** Breaks it. */
  break(): void;
  /** Stops to read what comes, and goes on. */
  pause(): void;
  resume(): void;
}
