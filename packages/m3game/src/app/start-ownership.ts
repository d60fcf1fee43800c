import type { ServiceTable } from "../mesh/service-table.ts";
import type { AppId } from "../meta/app-id.ts";
import type { Clock } from "../meta/clock.ts";
import { isM3Error } from "../meta/error.ts";
import { Leases } from "../ownership/leases.ts";
import { Ownership } from "../ownership/ownership.ts";
import type { Db } from "../plugin/db.ts";
import type { Lease } from "../plugin/lease.ts";
import type { Logger } from "../plugin/log.ts";
import type { ClientFactory } from "../rpc/client-factory.ts";
import { askLeaseHolder, leaseControl } from "../server/lease-control.ts";
import type { Server } from "../server/server.ts";
import { AppLeaders } from "./app-leaders.ts";
import type { Lifecycle } from "./lifecycle.ts";

export interface StartOwnershipOptions {
  readonly app: AppId;
  readonly clock: Clock;
  readonly log: Logger;
  readonly clients: ClientFactory;
  readonly lease: Lease;
  /** Where fences are checked; undefined: this app stores nothing. */
  readonly db: Db | undefined;
  /** The instances of this app's own service. */
  readonly table: ServiceTable;
  readonly lifecycle: Lifecycle;
  readonly signal: AbortSignal;
}

/** What an app owns alone, and how others ask for it. */
export interface RunningOwnership {
  readonly ownership: Ownership;
  readonly leases: Leases;
  readonly leaders: AppLeaders;
  readonly control: Server;
}

/** Opens the app's session, and begins it anew whenever it is lost. Rejects with APP_ID_TAKEN or PLUGIN_FAILED. */
export async function startOwnership(options: StartOwnershipOptions): Promise<RunningOwnership> {
  const { app, clock, log, clients, lease, db, table, lifecycle, signal } = options;
  const ownership = await lifecycle.step(
    "OWNERSHIP",
    () =>
      Ownership.start({
        ...{ app, clock, log, lease, signal },
        address: app.app,
        epoch: async (storeName) => (await db?.enterEpoch(storeName)) ?? 1n,
        raiseEpoch: async () => db?.raiseEpoch(),
      }),
    (started) => started[Symbol.asyncDispose](),
    // Waiting for a crashed incarnation's session takes as long as that lasts, which is not a start that hangs.
    lease.ttlMs * 4,
  );
  ownership.onState((state) => {
    if (state !== "lost") return;
    ownership.rejoin().catch((error) => {
      if (isM3Error(error) && error.reason === "CANCELLED") return;
      log.error("this app can own nothing any more: restart it", { error });
    });
  });
  const leases = new Leases({
    ownership,
    app: app.app,
    ask: askLeaseHolder({ clients, func: app.func }),
  });
  const isReachable = (other: string) => other !== app.app && table.get(other) !== undefined;
  const leaders = new AppLeaders({ ownership, clock, isReachable });
  return { ownership, leases, leaders, control: leaseControl(leases) };
}
