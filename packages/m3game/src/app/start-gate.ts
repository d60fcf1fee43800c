import type { DescService } from "@bufbuild/protobuf";
import { ClientMethods } from "../gate/client-methods.ts";
import { GateCodec } from "../gate/gate-codec.ts";
import type { GateConfig } from "../gate/gate-config.ts";
import { GateCore } from "../gate/gate-core.ts";
import { playerControl } from "../gate/player-control.ts";
import type { PushStore } from "../gate/push-store.ts";
import { ResumeTokens } from "../gate/resume-tokens.ts";
import type { SessionHandler } from "../gate/sessions.ts";
import type { ServiceTable } from "../mesh/service-table.ts";
import type { AppId } from "../meta/app-id.ts";
import type { Clock } from "../meta/clock.ts";
import type { Leases } from "../ownership/leases.ts";
import type { Db } from "../plugin/db.ts";
import type { Logger } from "../plugin/log.ts";
import type { Metrics } from "../plugin/metric.ts";
import { noMetrics } from "../plugin/no-metrics.ts";
import type { ClientRuntime } from "../rpc/client-call.ts";
import type { ClientFactory } from "../rpc/client-factory.ts";
import type { ClientSource } from "../rpc/define-client.ts";
import type { ServiceRegistry } from "../rpc/service-registry.ts";
import type { Server } from "../server/server.ts";
import { GateMetrics, showGateSizes } from "../telemetry/gate-metrics.ts";
import type { SaveObserver } from "../telemetry/save-observer.ts";
import type { Lifecycle } from "./lifecycle.ts";

export interface StartGateOptions {
  readonly app: AppId;
  readonly clock: Clock;
  readonly log: Logger;
  readonly config: GateConfig;
  readonly handler: SessionHandler;
  readonly registry: ServiceRegistry;
  readonly clients: ClientFactory;
  readonly calls: ClientRuntime;
  readonly callTimeoutMs: number;
  readonly leases: Leases;
  /** The instances of this app's own service. */
  readonly table: ServiceTable;
  readonly metrics: Metrics | undefined;
  /** Where pushes are kept; undefined: nowhere. */
  readonly db: Db | undefined;
  /** Looks at the writes to it. */
  readonly saves: SaveObserver | undefined;
  readonly lifecycle: Lifecycle;
}

/** The sessions of an app, and how others reach its players. */
export interface RunningGate {
  readonly core: GateCore;
  readonly control: Server;
}

/** Makes the session core; nothing listens yet. Rejects with PROTO_INVALID or CONFIG_INVALID. */
export async function startGate(options: StartGateOptions): Promise<RunningGate> {
  const { app, clock, log, config, handler, registry, clients, calls, callTimeoutMs, leases, lifecycle } = options;
  const { metrics } = options;
  const pushStore = options.db && (await startPushStore(options.db, options));
  const core = await lifecycle.step(
    "SESSIONS",
    async () =>
      new GateCore(
        {
          ...{ app, clock, log, config, handler, calls, callTimeoutMs, pushStore },
          methods: new ClientMethods(handler.services, registry, app, config),
          codec: new GateCodec(),
          metrics: new GateMetrics(metrics ?? noMetrics),
          tokens: new ResumeTokens(config.ResumeSecret),
          client: <S extends DescService>(source: ClientSource<S>) => clients.client(source),
        },
        leases,
      ),
    (started) => started[Symbol.asyncDispose](),
  );
  if (metrics !== undefined) {
    await lifecycle.step(
      "SESSIONS",
      async () => showGateSizes(metrics, () => core.sizes()),
      async (shown) => shown[Symbol.dispose](),
    );
  }
  if (config.ResumeSecret === undefined && config.ResumeWindow > 0) warnOfSecret(options);
  return { core, control: playerControl(core, app, options.table) };
}

async function startPushStore(db: Db, { clock, log, saves, lifecycle }: StartGateOptions): Promise<PushStore> {
  // It needs what saves entities: nothing for a gate without it.
  const { PushStore } = await import("../gate/push-store.ts");
  return lifecycle.step(
    "SESSIONS",
    () => PushStore.start({ db, clock, log, observer: saves }),
    (started) => started[Symbol.asyncDispose](),
  );
}

/** Logs once that sessions end with their gate, when there is another gate on which they could go on. */
function warnOfSecret({ app, log, table }: StartGateOptions): void {
  let isSaid = false;
  const look = () => {
    const other = table.instances.find((instance) => instance.app !== app.app);
    if (isSaid || other === undefined) return;
    isSaid = true;
    const text = "sessions end with a gate that dies: set the same ResumeSecret in [[Server.Gate]] at all gates";
    log.warn(text, { other: other.app });
  };
  look();
  table.onChange(look);
}
