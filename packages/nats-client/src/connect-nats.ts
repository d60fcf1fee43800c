import { AuthorizationError, connect, type NatsConnection } from "@nats-io/transport-node";
import { reasonError } from "m3game/internal";
import { type NatsConfig, serversOf } from "./config.ts";

/** How long the first connection may take, in milliseconds. */
const connectTimeoutMs = 5000;

/**
 * Connects; afterwards the client reconnects by itself for ever. `name` is what the server calls the connection,
 * `section` the one to correct in the config. Rejects with PLUGIN_FAILED and one line.
 */
export async function connectNats(config: NatsConfig, name: string, section: string): Promise<NatsConnection> {
  const servers = serversOf(config);
  try {
    return await connect({
      servers,
      name,
      timeout: connectTimeoutMs,
      maxReconnectAttempts: -1,
      // Between attempts; the first one follows the loss at once. Random, so that a fleet does not come back in step.
      reconnectDelayHandler: () => 500 + Math.random() * 1000,
      // A server that refuses known credentials is being changed: keep trying, as for any other failure.
      ignoreAuthErrorAbort: true,
      // A server that fell silent is noticed within 20 s.
      pingInterval: 10_000,
      maxPingOut: 1,
      ...(config.User !== undefined && { user: config.User }),
      ...(config.Password !== undefined && { pass: config.Password }),
      ...(config.Token !== undefined && { token: config.Token }),
    });
  } catch (error) {
    throw reasonError("PLUGIN_FAILED", explain(error, servers.join(", "), section), { cause: error });
  }
}

function explain(error: unknown, servers: string, section: string): string {
  if (error instanceof AuthorizationError) {
    return `the NATS server at ${servers} refuses the credentials: set User and Password, or Token, in ${section}`;
  }
  const why = error instanceof Error ? error.message : String(error);
  return `no NATS server can be reached at ${servers} (${why}): start one, or correct URL in ${section}`;
}
