// A renewer for tests of the keepalive thread, which imports it by its URL.
import { threadId } from "node:worker_threads";
import type { LeaseRenewer } from "../../src/plugin/lease.ts";

interface ThreadRenewerData {
  /** What each renewal grants. */
  readonly ttlMs: number;
  /** Counts the renewals. */
  readonly counts?: Int32Array;
  /** So many attempts fail first. */
  readonly failures?: number;
  /** Fails with the number of its thread, to show it. */
  readonly id?: boolean;
  /** Ends the thread. */
  readonly exits?: boolean;
  /** Counts the ends of the thread that come from within. */
  readonly ends?: Int32Array;
  /** Has a timer that keeps the thread. */
  readonly lingers?: boolean;
}

export function createLeaseRenewer(data: ThreadRenewerData): LeaseRenewer {
  let failures = data.failures ?? 0;
  const { ends } = data;
  if (ends !== undefined) process.once("exit", () => Atomics.add(ends, 0, 1));
  if (data.lingers) setInterval(() => {}, 60_000);
  return {
    async renew() {
      if (data.exits) process.exit(1);
      if (data.id) throw new Error(`thread ${threadId}`);
      if (failures-- > 0) throw new Error("no connection");
      if (data.counts !== undefined) Atomics.add(data.counts, 0, 1);
      return data.ttlMs;
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
