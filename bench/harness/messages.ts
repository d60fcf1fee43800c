import type { LatencySummary } from "./stats.ts";
import type { Address, Services } from "./subject.ts";
import type { CpuUsage } from "./usage.ts";

/** To the server process. `serve` comes first, then any number of `usage`. */
export type ServerRequest =
  | { readonly kind: "serve"; readonly subject: string; readonly services: Services }
  | { readonly kind: "usage" };

export type ServerReply =
  | { readonly kind: "ready"; readonly address: Address }
  | { readonly kind: "usage"; readonly usage: CpuUsage };

/** To the client process: what to run, once. */
export interface ClientRequest {
  readonly kind: "run";
  readonly subject: string;
  readonly services: Services;
  readonly address: Address;
  readonly inFlight: number;
  readonly warmupMs: number;
  readonly warmupInFlight: number;
  readonly measureMs: number;
}

export type ClientReply =
  | { readonly kind: "measuring" }
  /** The load has just ended; the evaluation follows. */
  | { readonly kind: "stopped" }
  | {
      readonly kind: "measured";
      readonly latency: LatencySummary;
      readonly count: number;
      readonly elapsedMs: number;
      readonly before: CpuUsage;
      readonly after: CpuUsage;
    };
