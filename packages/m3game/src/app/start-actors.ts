import { EntityDb } from "../entity/entity-db.ts";
import { SaveQueue } from "../entity/save-queue.ts";
import type { ServiceTable } from "../mesh/service-table.ts";
import type { AppId } from "../meta/app-id.ts";
import type { Clock } from "../meta/clock.ts";
import { reasonError } from "../meta/error.ts";
import { Ownership } from "../ownership/ownership.ts";
import type { Db } from "../plugin/db.ts";
import type { Lease } from "../plugin/lease.ts";
import type { Logger } from "../plugin/log.ts";
import type { ClientFactory } from "../rpc/client-factory.ts";
import type { ActorConfig } from "../server/actor/actor-config.ts";
import { ActorEntities } from "../server/actor/actor-entities.ts";
import { ActorSystem } from "../server/actor/actor-system.ts";
import type { Lifecycle } from "./lifecycle.ts";

export interface StartActorsOptions {
  readonly app: AppId;
  readonly clock: Clock;
  readonly log: Logger;
  readonly clients: ClientFactory;
  readonly config: ActorConfig;
  readonly taskTimeoutMs: number;
  /** The instances of this app's own service. */
  readonly table: ServiceTable;
  readonly db: Db;
  /** Undefined: the config names none. */
  readonly lease: Lease | undefined;
  readonly lifecycle: Lifecycle;
  readonly signal: AbortSignal;
}

/** The actors of an app, and what is saved behind their back. */
export interface RunningActors {
  readonly system: ActorSystem;
  readonly queue: SaveQueue;
}

/** Readies the store and the session for an app's actors. Rejects with APP_ID_TAKEN, PLUGIN_FAILED or CONFIG_INVALID. */
export async function startActors(options: StartActorsOptions): Promise<RunningActors> {
  const { app, clock, log, clients, config, taskTimeoutMs, table, lifecycle } = options;
  const db = new EntityDb({ db: options.db, clock });
  const queue = await lifecycle.step(
    "ENTITIES",
    async () => new SaveQueue({ db, log }),
    (open) => open[Symbol.asyncDispose](),
  );
  const ownership = config.LeaseMode === 0 ? undefined : await startOwnership(options);
  const system = await lifecycle.step(
    "ACTORS",
    async () =>
      new ActorSystem({
        ...{ app, clock, log, clients, config, taskTimeoutMs, ownership },
        mesh: {
          instances: () => table.instances.map((instance) => instance.app),
          onChange: (listener) => table.onChange(listener),
        },
        entities: (owner) => new ActorEntities({ db, queue }, owner),
      }),
    async (actors) => actors[Symbol.dispose](),
  );
  return { system, queue };
}

async function startOwnership(options: StartActorsOptions): Promise<Ownership | undefined> {
  const { app, clock, log, lease, db, table, lifecycle, signal } = options;
  if (lease === undefined) {
    const [other] = table.instances.filter((instance) => instance.app !== app.app);
    if (other === undefined) return undefined;
    throw reasonError(
      "CONFIG_INVALID",
      `${other.app} runs already and nothing keeps an actor off two apps: add a [[Plugin.Lease.…]] section, ` +
        "or set LeaseMode = 0 in [[Server.Actor]] to do without",
    );
  }
  // Waiting for a crashed incarnation's session takes as long as that lasts, which is not a start that hangs.
  const limitMs = lease.ttlMs * 4;
  return lifecycle.step(
    "OWNERSHIP",
    () =>
      Ownership.start({
        ...{ app, clock, log, lease, signal },
        address: app.app,
        epoch: () => db.enterEpoch(lease.storeName),
      }),
    (ownership) => ownership[Symbol.asyncDispose](),
    limitMs,
  );
}
