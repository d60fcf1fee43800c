import type { DescService } from "@bufbuild/protobuf";
import type { M3Error } from "../meta/error.ts";
import type { Metadata } from "../meta/metadata.ts";
import type { RouteType } from "../meta/route-type.ts";

/** What travels with one call beside its payload. */
export interface CallHead {
  /** Full method name, `/proto.SimpleSer/HelloWorld`. */
  readonly method: string;
  /** The caller's own metadata; the framework's keys are not in it. */
  readonly metadata: Metadata;
  /** When the caller gives up, on this process's monotonic clock in milliseconds; Infinity: never. */
  readonly deadline: number;
  readonly routeType: RouteType;
  /** The key of a hash route, empty for other routes. */
  readonly hashKey: string;
  /** Service id of the target. */
  readonly targetService: string;
  /** How often the call was forwarded already. */
  readonly hops: number;
  /** The actors whose turns wait for this call, separated by commas, empty outside of actors: printable ASCII. */
  readonly chain: string;
  /** One way: the caller wants no answer. */
  readonly notify: boolean;
}

/**
 * A call on its way out. The link calls exactly one of `succeed` and `fail`, once, unless `cancel` was called first;
 * for a `notify` call `succeed` when it was handed to the connection.
 */
export interface OutboundCall extends CallHead {
  readonly payload: Uint8Array;
  /** App id of the caller. */
  readonly sourceApp: string;
  succeed(payload: Uint8Array): void;
  fail(error: M3Error): void;
  /** Belongs to the link that carries the call. */
  linkState: unknown;
}

/** A call that came in. The runtime calls exactly one of `respond` and `fail`, once; neither for a `notify` call. */
export interface InboundCall extends CallHead {
  readonly payload: Uint8Array;
  /** App id of the caller, empty for a client that is no app. Trust it as far as the transport is authenticated. */
  readonly sourceApp: string;
  /** App id the caller wants to reach, empty when it names none. */
  readonly targetApp: string;
  /** It came through the broker, which only apps reach. */
  readonly fromBroker?: true;
  respond(payload: Uint8Array): void;
  fail(error: M3Error): void;
  /** Set by the runtime. The transport calls it once when the caller gave up or its connection broke. */
  onCancel: (() => void) | undefined;
}

/** What a listening transport serves. */
export interface TransHost {
  /** App id of this app. */
  readonly app: string;
  /** The services hosted, for reflection and health. */
  readonly services: readonly DescService[];
  /** The framework's own, by which apps ask things of each other: hosted like the others, and named to nobody. */
  readonly controls: readonly DescService[];
  /** Takes a call over. Never throws. */
  dispatch(call: InboundCall): void;
  /** True while the app takes new work. */
  isReady(): boolean;
}

/** A transport that accepts calls. Disposing closes all connections at once. */
export interface Listener extends AsyncDisposable {
  /** Where it is reached: `host:port`, or what `connect` of the same transport understands. */
  readonly endpoint: string;
  /**
   * Tells callers to send nothing more (goaway) and refuses new calls with DRAINING. Calls that run may still answer.
   */
  drain(): void;
}

/** How far the way to an app is, see `Link.state`. */
export type LinkState = "connecting" | "up" | "down";

/** The way to one app. Disposing fails calls in flight with UNKNOWN_OUTCOME and closes it. */
export interface Link extends AsyncDisposable {
  /** `down`: the last attempt failed or the peer is leaving; it is tried again in the background, with jitter. */
  readonly state: LinkState;
  /**
   * Sends the call. Fails it with NO_CONNECTION or DRAINING when it certainly was not sent, with OVERLOADED when too many are in
   * flight, with UNKNOWN_OUTCOME when the connection broke afterwards. While `connecting`, calls wait until their
   * deadline. The caller watches the deadline and calls `cancel`.
   */
  send(call: OutboundCall): void;
  /** The caller gave up: forget the call and tell the peer. Neither `succeed` nor `fail` is called afterwards. */
  cancel(call: OutboundCall): void;
}

/** Whom a link leads to. */
export interface ConnectOptions {
  /** App id of this app. */
  readonly sourceApp: string;
  /** App id that must answer; a link to another app is refused with WRONG_APP. */
  readonly targetApp: string;
  /** Where that app listens, as `Listener.endpoint` has it. */
  readonly endpoint: string;
  /** Called after each change of `Link.state`. */
  readonly onState: (state: LinkState) => void;
}

/**
 * Carries calls between apps. Deadlines travel as the time that is left; a cancelled call is cancelled at the other
 * side; frames and messages above the configured size are refused with MESSAGE_TOO_LARGE.
 */
export interface Trans extends AsyncDisposable {
  /** Names its endpoint in the registry, `m3ep.<scheme>`: `tcp`, `http2`, `nats`. */
  readonly scheme: string;
  /** Of the transports two apps have in common, the one with the highest preference carries their calls. */
  readonly preference: number;
  /** True when its endpoint is the plain gRPC address of a registry entry. */
  readonly isGrpc: boolean;
  /** Starts to listen. Rejects with PORT_IN_USE, or PLUGIN_FAILED when it can't listen at all. */
  listen(host: TransHost): Promise<Listener>;
  /** The link to one app; it connects in the background at once. Never throws. */
  connect(options: ConnectOptions): Link;
}
