import { type Db, type DbRow, definePlugin, type Lease, type LeaseStoreSession } from "m3game";
import { z } from "zod";

// Collecting the garbage of a million actors may take longer than a usual session lasts without a renewal.
const ttlMs = 3_600_000;

/**
 * Grants every claim and keeps none, so that what an app takes in memory is its own. (Of lease_memory the store itself
 * would count too.)
 */
export const forgetfulLease = definePlugin({
  kind: "lease",
  name: "lease_forgetful",
  config: z.object({}),
  create: (): Lease => ({
    storeName: async () => "lease_forgetful",
    ttlMs,
    guardMs: undefined,
    openSession: async () => ({ status: "open", session: openSession() }),
    holder: async () => undefined,
    [Symbol.asyncDispose]: async () => {},
  }),
});

function openSession(): LeaseStoreSession {
  let counter = 0n;
  return {
    ttlMs,
    renewal: { kind: "inline", renewer: { renew: async () => ttlMs, [Symbol.asyncDispose]: async () => {} } },
    acquire: async (ids) => ids.map(() => ({ status: "acquired", counter: ++counter })),
    transfer: async () => ({ status: "transferred", counter: ++counter }),
    release: async () => {},
    watchLost: () => {},
    close: async () => {},
  };
}

/** Has no row, takes every write and keeps none. */
export const forgetfulDb = definePlugin({
  kind: "db",
  name: "db_forgetful",
  config: z.object({}),
  create: (): Db => ({
    isAtomic: true,
    prepare: async () => {},
    read: async (): Promise<DbRow | undefined> => undefined,
    write: async (groups) => groups.map(({ writes }) => writes.map(() => ({ status: "written", version: 1n }))),
    raiseFence: async () => {},
    enterEpoch: async () => 1n,
    raiseEpoch: async () => 2n,
    [Symbol.asyncDispose]: async () => {},
  }),
});
