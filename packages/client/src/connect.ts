import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { ClientOptions, ConnectOptions } from "./client-options.ts";
import { GameClient } from "./game-client.ts";
import { Code, GateError } from "./gate-error.ts";
import { webSocketTransport } from "./transport.ts";

/**
 * Connects to a gate, `wss://…`, and logs in. Resolves once that is done; from then on the client connects again by itself whenever
 * the connection is lost. Rejects with what the gate says, UNAVAILABLE when it can't be reached in time, or INVALID_ARGUMENT when
 * `url` is no address of a WebSocket.
 */
export async function connect(url: string, options: ConnectOptions): Promise<GameClient> {
  if (options.transport === undefined && !(/^wss?:\/\/./.test(url) && URL.canParse(url))) {
    throw new GateError(
      Code.INVALID_ARGUMENT,
      `"${url}" is no address of a gate: write ws://host:port/ or wss://host/`,
    );
  }
  const client = new GameClient(url, withDefaults(options));
  return new Promise((resolve, reject) => {
    let last = new GateError(Code.UNAVAILABLE, `${url} does not answer`);
    const timer = setTimeout(() => {
      settle();
      client.close();
      reject(last);
    }, options.timeoutMs ?? defaultTimeoutMs);
    const settle = client.onState((state) => {
      if (state.state === "offline") last = state.error;
      if (state.state !== "online" && state.state !== "closed") return;
      clearTimeout(timer);
      settle();
      if (state.state === "online") resolve(client);
      else reject(state.error);
    });
  });
}

const defaultTimeoutMs = 10_000;

function withDefaults({ reconnect, ...options }: ConnectOptions): ClientOptions {
  return {
    encodeToken,
    timeoutMs: defaultTimeoutMs,
    maxQueuedCalls: 100,
    transport: webSocketTransport,
    onHandlerError: rethrow,
    ...options,
    reconnect: { minMs: 250, maxMs: 10_000, ...reconnect },
  };
}

function encodeToken(token: string): Uint8Array {
  return new BinaryWriter().tag(1, WireType.LengthDelimited).string(token).finish();
}

/** As an uncaught error of the page, without breaking what the client does. */
function rethrow(error: unknown): void {
  setTimeout(() => {
    throw error;
  });
}
