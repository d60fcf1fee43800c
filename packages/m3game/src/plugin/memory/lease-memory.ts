import { z } from "zod";
import type { Clock } from "../../meta/clock.ts";
import { reasonError } from "../../meta/error.ts";
import type { Lease, LeaseHolder, OpenSession, OpenSessionResult } from "../lease.ts";
import { definePlugin, type PluginDefinition } from "../plugin.ts";
import { MemoryLeaseSession } from "./lease-memory-session.ts";
import type { MemoryHub } from "./memory-hub.ts";
import type { LeaseOperation } from "./memory-lease-faults.ts";
import type { MemoryLeaseStore } from "./memory-lease-store.ts";

const config = z.object({
  /** How long an app's session lasts without a renewal, in seconds. */
  LeaseKeepLiveTime: z.number().min(0.1).max(3600).default(10),
});

/**
 * The embedded lease store, `[[Plugin.Lease.lease_memory]]`: apps of one process that share a hub own things against
 * each other. It forgets everything with its hub. `hub.leaseFaults` breaks it for tests.
 */
export function leaseMemory(hub: MemoryHub): PluginDefinition<"lease", typeof config> {
  return definePlugin({
    kind: "lease",
    name: "lease_memory",
    config,
    create: ({ LeaseKeepLiveTime }, context) => new MemoryLease(hub.leases, context.clock, LeaseKeepLiveTime * 1000),
  });
}

class MemoryLease implements Lease {
  readonly ttlMs: number;
  readonly guardMs = undefined;
  readonly #store: MemoryLeaseStore;
  readonly #clock: Clock;
  #isDisposed = false;

  constructor(store: MemoryLeaseStore, clock: Clock, ttlMs: number) {
    this.ttlMs = ttlMs;
    this.#store = store;
    this.#clock = clock;
  }

  async storeName(): Promise<string> {
    return this.#store.name;
  }

  async openSession(request: OpenSession): Promise<OpenSessionResult> {
    const { app, incarnation, ttlMs } = request;
    const call = <T>(operation: LeaseOperation, work: (now: number) => T) => this.#call(app, operation, ttlMs, work);
    const entry = await call("open", (now) => this.#store.open(request, now));
    if (entry.incarnation === incarnation) {
      return { status: "open", session: new MemoryLeaseSession(this.#store, entry, call) };
    }
    const { address, counter, expiresAt } = entry;
    const holder = { app, incarnation: entry.incarnation, address, counter };
    return { status: "taken", holder, remainingMs: expiresAt - this.#clock.now() };
  }

  holder(id: string): Promise<LeaseHolder | undefined> {
    return this.#call("", "holder", this.ttlMs, (now) => this.#store.holder(id, now));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isDisposed = true;
  }

  async #call<T>(app: string, operation: LeaseOperation, ttlMs: number, work: (now: number) => T): Promise<T> {
    if (this.#isDisposed) throw reasonError("PLUGIN_FAILED", "lease_memory is stopped: the app that owns it has ended");
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = this.#clock.after(ttlMs / 3, () =>
      reject(reasonError("UNKNOWN_OUTCOME", `lease_memory did not answer ${operation} in time`)),
    );
    const run = this.#store.faults.run(app, operation, this.#clock, () => work(this.#clock.now()));
    try {
      return await Promise.race([run, late]);
    } finally {
      timer.cancel();
    }
  }
}
