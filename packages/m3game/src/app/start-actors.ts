import { EntityDb } from "../entity/entity-db.ts";
import { SaveQueue } from "../entity/save-queue.ts";
import type { ServiceTable } from "../mesh/service-table.ts";
import { hasOrder } from "../mesh/version-order.ts";
import type { AppId } from "../meta/app-id.ts";
import type { Clock } from "../meta/clock.ts";
import { reasonError } from "../meta/error.ts";
import type { Ownership } from "../ownership/ownership.ts";
import type { Db } from "../plugin/db.ts";
import type { Logger } from "../plugin/log.ts";
import type { Meter } from "../plugin/metric.ts";
import type { ResourceSet } from "../resource/resource-set.ts";
import type { ClientFactory } from "../rpc/client-factory.ts";
import type { ActorApp } from "../server/actor/actor-app.ts";
import type { ActorConfig } from "../server/actor/actor-config.ts";
import { ActorEntities } from "../server/actor/actor-entities.ts";
import { ActorSystem } from "../server/actor/actor-system.ts";
import { ActorVersions } from "../server/actor/actor-versions.ts";
import { VersionMark } from "../server/actor/version-mark.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { Lifecycle } from "./lifecycle.ts";

export interface StartActorsOptions {
  readonly app: AppId;
  /** Of the game; empty: it has none. */
  readonly version: string;
  /** What actors see of it. */
  readonly host: ActorApp;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Meter;
  /** Undefined in an app without a metric and a trace plugin. */
  readonly telemetry: Telemetry | undefined;
  readonly clients: ClientFactory;
  readonly config: ActorConfig;
  readonly taskTimeoutMs: number;
  readonly resources: { readonly current: ResourceSet };
  /** The instances of this app's own service. */
  readonly table: ServiceTable;
  readonly db: Db;
  /** Undefined: the config names no lease plugin. */
  readonly ownership: Ownership | undefined;
  readonly lifecycle: Lifecycle;
}

/** The actors of an app, and what is saved behind their back. */
export interface RunningActors {
  readonly system: ActorSystem;
  readonly queue: SaveQueue;
}

/** Readies the store for an app's actors. Rejects with CONFIG_INVALID where they could be active on two apps. */
export async function startActors(options: StartActorsOptions): Promise<RunningActors> {
  const { app, host, clock, log, metrics, telemetry, clients, config } = options;
  const { taskTimeoutMs, resources, table, lifecycle, version } = options;
  // Without claims an actor may be active twice, and the version alone tells who wrote.
  const isMarked = hasOrder(options.version) && config.LeaseMode !== 0 && options.ownership !== undefined;
  const ownership = config.LeaseMode === 0 ? undefined : (options.ownership ?? withoutClaims(options));
  const db = new EntityDb({ db: options.db, clock, observer: telemetry?.saves });
  const queue = await lifecycle.step(
    "ENTITIES",
    async () => new SaveQueue({ db, log }),
    (open) => open[Symbol.asyncDispose](),
  );
  const system = await lifecycle.step(
    "ACTORS",
    async () =>
      new ActorSystem({
        ...{ app, host, clock, log, metrics, telemetry, clients, config, taskTimeoutMs, resources, ownership },
        mesh: {
          has: (id) => table.get(id) !== undefined,
          ring: () => table.ring(),
          onChange: (listener) => table.onChange(listener),
        },
        ...{
          version,
          versions: new ActorVersions({ app, version, allowsOlder: config.AllowOlderVersions, mesh: table }),
        },
        entities: (owner) => new ActorEntities({ db, queue }, owner),
        versionMark: (claim, host) => (isMarked ? new VersionMark({ db, claim, host, version }) : undefined),
      }),
    async (actors) => actors[Symbol.dispose](),
  );
  return { system, queue };
}

/** Throws CONFIG_INVALID where another instance runs already. */
function withoutClaims({ app, table, log }: StartActorsOptions): undefined {
  const other = () => table.instances.find((instance) => instance.app !== app.app)?.app;
  const problem = (found: string) =>
    `${found} runs already and nothing keeps an actor off two apps: add a [[Plugin.Lease.…]] section, ` +
    "or set LeaseMode = 0 in [[Server.Actor]] to do without";
  const found = other();
  if (found !== undefined) throw reasonError("CONFIG_INVALID", problem(found));
  table.onChange(() => {
    // Both may have started at the same moment, each before it could see the other.
    const late = other();
    if (late !== undefined) log.error(problem(late));
  });
  return undefined;
}
