import type { DescService } from "@bufbuild/protobuf";
import type { AppId } from "../meta/app-id.ts";
import type { Metadata } from "../meta/metadata.ts";
import type { MethodMeta } from "../meta/service-meta.ts";
import type { Logger } from "../plugin/log.ts";
import type { Meter } from "../plugin/metric.ts";
import type { ResourceReader } from "../resource/resource.ts";
import type { Client } from "../rpc/client.ts";
import type { ClientSource } from "../rpc/define-client.ts";
import type { Hooks } from "../script/hooks.ts";

/**
 * What a handler knows of the call it runs. It ends with the handler: using it later throws CONTEXT_ENDED. All resources
 * it reads are of one set, the one that was current when it first read one, also when they are loaded again meanwhile.
 */
export interface Context extends ResourceReader {
  /** The app that runs the handler. */
  readonly app: AppId;
  readonly meta: MethodMeta;
  readonly metadata: Metadata;
  /** App id of the caller, empty for a client that is no app. Trust it as far as the transport is authenticated. */
  readonly sourceApp: string;
  /** The player whose client made the call, as its gate knows it from the login; empty for a call of an app. Trust it as the caller. */
  readonly player: string;
  /** How long the caller still waits, in milliseconds; 0 when it has given up. */
  readonly remainingMs: number;
  /** Aborted when the caller gives up or the deadline passes. The reason is an M3Error. */
  readonly signal: AbortSignal;
  /** Logs with the method and the caller as fields, in a traced call with `trace_id` and `span_id` too. */
  readonly log: Logger;
  /** The app's metrics: `ctx.metrics.counter({ name: "matches_total", help: "Matches begun" }).add()`. */
  readonly metrics: Meter;
  /** Calls what the scripts of the app define. */
  readonly hooks: Hooks;
  /** A client whose calls end with this handler's deadline and are cancelled with it. */
  client<S extends DescService>(source: ClientSource<S>): Client<S>;
}
