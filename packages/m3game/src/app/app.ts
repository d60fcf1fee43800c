import type { DescService } from "@bufbuild/protobuf";
import type { AppId } from "../meta/app-id.ts";
import type { Logger } from "../plugin/log.ts";
import type { Health } from "../plugin/plugin.ts";
import type { Instance } from "../plugin/router.ts";
import type { Client } from "../rpc/client.ts";
import type { ClientSource } from "../rpc/define-client.ts";

export type AppState = "starting" | "ready" | "draining" | "stopped";

/** Where an app can be reached. */
export interface AppEndpoint {
  /** `tcp`, `http2`, … */
  readonly scheme: string;
  /** `host:port` */
  readonly endpoint: string;
}

/** A running app. Disposing stops it. */
export interface App<C = unknown> extends AsyncDisposable {
  readonly id: AppId;
  readonly state: AppState;
  /** The `[App]` table of its config, checked. */
  readonly config: C;
  readonly log: Logger;
  readonly endpoints: readonly AppEndpoint[];
  health(): Health;
  /** A client for calls from outside any handler. Throws PROTO_INVALID and ROUTE_INVALID. */
  client<S extends DescService>(source: ClientSource<S>): Client<S>;
  /** Takes multicasts on a topic until the result is disposed or the app stops. */
  subscribe(topic: string): Promise<AsyncDisposable>;
  /** The instances of a service that are registered now, by its id `env.world.func`. */
  instances(service: string): Promise<readonly Instance[]>;
  /**
   * Leaves the registry, takes no new calls and waits for those that run, at most `DrainTimeoutMs`; what runs still is
   * then given up. Idempotent.
   */
  drain(): Promise<void>;
  /** Drains, then ends everything in the reverse order of the start. Idempotent; never rejects, problems are logged. */
  stop(): Promise<void>;
}
