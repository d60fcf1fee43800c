import type { Transport } from "./transport.ts";

/** Who the player is, and how the client behaves. */
export interface ConnectOptions {
  /** What authenticates the player, or where it comes from: asked again at each login. */
  readonly token: string | (() => string | Promise<string>);
  /** Encodes it as the game's gate wants it. @default a message with the token as its field 1 */
  readonly encodeToken?: (token: string) => Uint8Array;
  /** How long a call may take, and `connect` itself, in milliseconds. @default 10000 */
  readonly timeoutMs?: number;
  /** Calls that may wait for a connection; further ones are refused with TOO_MANY_CALLS. @default 100 */
  readonly maxQueuedCalls?: number;
  /** The first and the longest wait before it connects again, in milliseconds. @default 250 and 10000 */
  readonly reconnect?: { readonly minMs?: number; readonly maxMs?: number };
  /** Called with what a handler of a push, or of a state, throws. @default it is thrown on, outside of the client */
  readonly onHandlerError?: (error: unknown) => void;
  /** @default `webSocketTransport` */
  readonly transport?: Transport;
}

/** The options with their defaults. */
export type ClientOptions = Required<Omit<ConnectOptions, "reconnect">> & {
  readonly reconnect: { readonly minMs: number; readonly maxMs: number };
};
