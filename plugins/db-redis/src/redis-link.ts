import { createClient, createCluster, ErrorReply, RESP_TYPES } from "@redis/client";
import type { RedisConfig } from "./config.ts";

export type RedisArgument = string | Buffer;

/** One client of a server or cluster. It reconnects by itself; while it is away calls fail at once. */
export interface RedisLink {
  connect(): Promise<unknown>;
  /** Runs one command on the node of `key`. Strings come as buffers. */
  send(key: string, args: RedisArgument[]): Promise<unknown>;
  /** Drops the connection with all that is under way. */
  destroy(): void;
}

export interface RedisLinkEvents {
  onError(error: Error): void;
  onReady(): void;
}

/** How long a connection may take, in milliseconds. */
const connectTimeoutMs = 5000;
const buffers = { [RESP_TYPES.BLOB_STRING]: Buffer };

/** Makes a client that is not connected yet. Its first connection is tried once, lost ones for as long as it takes. */
export function createLink(config: RedisConfig, name: string, events: RedisLinkEvents): RedisLink {
  let wasReady = false;
  const options = {
    ...(config.User !== undefined && { username: config.User }),
    ...(config.Auth !== undefined && { password: config.Auth }),
    name,
    disableOfflineQueue: true,
    disableClientInfo: true,
    maintNotifications: "disabled",
    // Its own limit makes a signal for each command that aborts seconds later, also when all went well. Callers have theirs.
    commandOptions: { timeout: 0 },
    // Replies are told apart by the protocol that every server since 2.0 has.
    socket: {
      connectTimeout: connectTimeoutMs,
      reconnectStrategy: (_retries: number, cause: Error) => (wasReady ? 200 + Math.random() * 800 : cause),
      ...(config.TLS && { tls: true as const }),
    },
  } as const;
  const onReady = () => {
    wasReady = true;
    events.onReady();
  };
  const address = { host: config.Host, port: config.Port };
  if (config.Cluster) {
    const cluster = createCluster({
      RESP: 2,
      rootNodes: [{ socket: { ...options.socket, ...address } }],
      defaults: options,
      topologyRefreshOnReconnectionAttemptStrategy: 1000,
    });
    cluster.on("error", events.onError);
    cluster.on("node-ready", onReady);
    cluster.on("node-error", events.onError);
    return {
      connect: () => cluster.connect(),
      send: (key, args) => cluster.sendCommand(key, false, args, { typeMapping: buffers }),
      destroy: () => cluster.destroy(),
    };
  }
  const client = createClient({ RESP: 2, ...options, socket: { ...options.socket, ...address } });
  client.on("error", events.onError);
  client.on("ready", onReady);
  return {
    connect: () => client.connect(),
    send: (_key, args) => client.sendCommand(args, { typeMapping: buffers }),
    destroy: () => client.destroy(),
  };
}

/** What the server itself answered, undefined for a failure on the way. */
export function serverReply(error: unknown): string | undefined {
  return error instanceof ErrorReply ? error.message : undefined;
}
