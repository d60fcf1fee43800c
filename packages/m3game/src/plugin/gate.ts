/** One client's connection, of any protocol. */
export interface GateConnection {
  /** Where it comes from, for logs. */
  readonly remote: string;
  /** Bytes that wait to be sent. */
  readonly backlogBytes: number;
  /** Sends one message, after those sent before. Nothing happens when the connection is closed. */
  send(message: Uint8Array): void;
  /** Closes it after what was sent, with a code and text the protocol has. Idempotent. */
  close(code: number, reason: string): void;
}

/** What the session core makes of a connection. */
export interface GateReceiver {
  /** One message of the client, in the order they came. */
  onMessage(message: Uint8Array): void;
  /** The connection is over, once. No message comes afterwards. */
  onClose(): void;
}

/** What a listening gate gives its connections to. */
export interface GateHost {
  /** A client connected: what it sends goes to the result. Throws when no more clients are taken. */
  accept(connection: GateConnection): GateReceiver;
}

/** Where a gate listens. Disposing closes all its connections. */
export interface GateListener extends AsyncDisposable {
  /** `host:port` */
  readonly endpoint: string;
  /** Takes no new connections; those there are stay. */
  drain(): void;
}

/** Holds the connections of game clients; sessions are the runtime's business, the same under every protocol. */
export interface Gate extends AsyncDisposable {
  /** Names the protocol: `grpc`, `ws`. */
  readonly scheme: string;
  /** Rejects with PORT_IN_USE, or PLUGIN_FAILED when it can't listen at all. */
  listen(host: GateHost): Promise<GateListener>;
}
