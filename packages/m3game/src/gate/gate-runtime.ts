import type { DescService } from "@bufbuild/protobuf";
import type { AppId } from "../meta/app-id.ts";
import type { Clock } from "../meta/clock.ts";
import type { Logger } from "../plugin/log.ts";
import type { Client } from "../rpc/client.ts";
import type { ClientRuntime } from "../rpc/client-call.ts";
import type { ClientSource } from "../rpc/define-client.ts";
import type { GateMetrics } from "../telemetry/gate-metrics.ts";
import type { ClientMethods } from "./client-methods.ts";
import type { GateCodec } from "./gate-codec.ts";
import type { GateConfig } from "./gate-config.ts";
import type { PushStore } from "./push-store.ts";
import type { ResumeTokens } from "./resume-tokens.ts";
import type { SessionHandler } from "./sessions.ts";

/** What all sessions of one app share. */
export interface GateRuntime {
  readonly app: AppId;
  readonly clock: Clock;
  readonly log: Logger;
  readonly config: GateConfig;
  readonly handler: SessionHandler;
  readonly methods: ClientMethods;
  readonly codec: GateCodec;
  readonly tokens: ResumeTokens;
  /** Keeps pushes beyond the end of this process; undefined: nothing does. */
  readonly pushStore: PushStore | undefined;
  readonly calls: ClientRuntime;
  readonly metrics: GateMetrics;
  /** How long a call of a client may take, in milliseconds. */
  readonly callTimeoutMs: number;
  client<S extends DescService>(source: ClientSource<S>): Client<S>;
}
