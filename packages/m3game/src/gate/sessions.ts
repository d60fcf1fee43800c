import type { DescMessage, DescService, MessageInitShape } from "@bufbuild/protobuf";
import type { Metadata } from "../meta/metadata.ts";
import type { MethodMeta } from "../meta/service-meta.ts";
import type { Logger } from "../plugin/log.ts";
import type { Client } from "../rpc/client.ts";
import type { ClientSource } from "../rpc/define-client.ts";
import type { MaybePromise } from "../rpc/interceptor.ts";
import type { Route } from "../rpc/route.ts";

/**
 * `connecting`: its login runs. `authenticated`: its client is connected. `detached`: the connection broke, and the client may
 * come back. `closed`: it is over at this gate.
 */
export type SessionState = "connecting" | "authenticated" | "detached" | "closed";

/** Why a session is over. */
export type SessionEnd = "closed" | "replaced" | "kicked" | "idle" | "slow" | "failed" | "stopped";

/** How much a push matters. */
export interface PushOptions {
  /**
   * What happens while the client reads too slowly or its connection is broken. `reliable`: it is kept, numbered and sent again
   * until the client has it; a session that has too much kept ends with SLOW_READER. `droppable`: it is left out.
   * `{ latest: key }`: of those with this key only the newest is kept. @default "reliable"
   */
  readonly delivery?: "reliable" | "droppable" | { readonly latest: string };
}

/** A player's session, from login to its end, over all connections. */
export interface Session {
  /** The player's id, as `onAuth` named it. */
  readonly id: string;
  readonly state: SessionState;
  /** Where the client comes from; empty while it is detached. */
  readonly remote: string;
  /** The game's own notes, those of `onAuth` to begin with. They go along when the session moves to another gate. */
  readonly attributes: Map<string, string>;
  readonly log: Logger;
  /** Sends the client a message. Does nothing once the session is closed. */
  push<D extends DescMessage>(schema: D, message: MessageInitShape<D>, options?: PushOptions): void;
  /** The same for a message that is encoded already, of the type with this full name. */
  send(type: string, content: Uint8Array, options?: PushOptions): void;
  /** Gets what is pushed to the group from now on, also after a move to another gate. */
  join(group: string): void;
  /** Gets nothing more that is pushed to the group. */
  leave(group: string): void;
  /** Ends the session with SESSION_KICKED; it can't be resumed. `reason` is for the client. */
  kick(reason: string): void;
}

/** What `onAuth` knows of a client that is not logged in yet. */
export interface AuthContext {
  /** Where the client comes from. */
  readonly remote: string;
  readonly log: Logger;
  /** Aborted when the client leaves or the login takes too long. */
  readonly signal: AbortSignal;
  /** A client of the service. Give its calls `signal`, so that they end with the login. */
  client<S extends DescService>(source: ClientSource<S>): Client<S>;
}

/** Who a client is. */
export interface AuthResult {
  /** The player's id: 1 to 200 characters of printable ASCII without a blank. */
  readonly id: string;
  /** What the client gets as its answer, encoded. */
  readonly response: Uint8Array;
  /** What `Session.attributes` begin with. @default none */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** How a call of a player travels on. */
export interface ForwardOptions {
  /** @default by the player's id where the method has a route key or its service an actor key, else random */
  readonly route?: Route;
  /** Travels with the call beside what the gate sends. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** @default `TimeoutMs` of `[Options.Rpc]` */
  readonly timeoutMs?: number;
}

/** A client's call, allowed and in its turn. */
export interface PlayerCall {
  /** Whose call it is. */
  readonly session: Session;
  /** What the proto file says of the method. */
  readonly meta: MethodMeta;
  /** Full method name. */
  readonly method: string;
  /** What the client sent along, keys in lower case. Do not trust it. */
  readonly metas: Metadata;
  /** The encoded request. */
  readonly content: Uint8Array;
  /** Has the function that `service_option` names run it, in the player's name. Resolves with the encoded response. */
  forward(options?: ForwardOptions): Promise<Uint8Array>;
}

/** What players may do at a gate, and who they are. */
export interface SessionHandler {
  /** The services whose `cs` methods clients may call. */
  readonly services: readonly DescService[];
  /**
   * Says who a client is, from the content of its first message. What it throws is the client's answer. Never log the content:
   * it holds the player's token.
   */
  onAuth(content: Uint8Array, context: AuthContext): MaybePromise<AuthResult>;
  /** Answers a call with the encoded response. What it throws is the client's answer. @default `call.forward()` */
  onCall?(call: PlayerCall): MaybePromise<Uint8Array>;
  /** A session is over. It does not run when a session moves to another gate, nor when this process dies. */
  onClose?(session: Session, end: SessionEnd): MaybePromise<void>;
}

/** Declares the sessions of an app's gates: `defineApp({ gate: sessions({ … }) })`. */
export function sessions(handler: SessionHandler): SessionHandler {
  return handler;
}
