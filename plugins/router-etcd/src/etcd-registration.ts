import { randomUUID } from "node:crypto";
import {
  createdAt,
  type EtcdAccess,
  type EtcdClient,
  EtcdRenewer,
  errorText,
  found,
  get,
  isLeaseGone,
  put,
} from "@m3game/etcd-client";
import { type KeyValue, KV, Lease } from "@m3game/etcd-client/gen/etcdserverpb/rpc_pb.js";
import type { Clock, Instance, Logger, Registration } from "m3game";
import { encodeRegistryEntry, type Outage, pause, reasonError } from "m3game/internal";
import { decodeEntry, entryKey } from "./entry.ts";
import { KeyWatch, singleKey } from "./key-watch.ts";

/** The shortest wait before a lost entry is entered again, in milliseconds; the longest is twice that. */
const minRepairMs = 250;

export interface EtcdRegistrationOptions {
  readonly client: EtcdClient;
  readonly access: EtcdAccess;
  readonly instance: Instance;
  /** How long the entry lasts without a renewal. */
  readonly ttlSeconds: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly outage: Outage;
  /** Called when it was disposed. */
  readonly onEnd: (registration: EtcdRegistration) => void;
}

/**
 * One app's entry: a key on an etcd lease of its own, renewed three times within its time. It is watched: an entry that etcd
 * lost is entered again, one that a newer incarnation took over is left alone.
 */
export class EtcdRegistration implements Registration {
  readonly app: string;
  readonly #options: EtcdRegistrationOptions;
  readonly #key: Uint8Array;
  #value: Uint8Array;
  readonly #incarnation = randomUUID();
  readonly #watch: KeyWatch;
  readonly #ending = new AbortController();
  #lease = 0n;
  #begun: Promise<void> = Promise.resolve();
  #renewing: Promise<void> = Promise.resolve();
  #repair: Promise<void> | undefined;
  #isThere = true;
  #superseded = false;
  #disposal: Promise<void> | undefined;

  constructor(options: EtcdRegistrationOptions) {
    const { client, clock, outage, instance } = options;
    this.app = instance.app;
    this.#options = options;
    this.#key = entryKey(instance.service, instance.app);
    this.#value = encodeRegistryEntry(instance, this.#incarnation);
    this.#watch = new KeyWatch(client, clock, singleKey(this.#key), {
      onEntries: ([entry]) => {
        outage.over(this.#watch);
        this.#check(entry);
      },
      onFailure: (error) => outage.failed(this.#watch, error),
    });
  }

  /** Enters the instance; resolves once it is in etcd. Rejects when that fails; what may be left then expires. */
  async start(): Promise<void> {
    this.#begun = this.#begin();
    try {
      await this.#begun;
    } catch (error) {
      await this[Symbol.asyncDispose]().catch(() => {});
      throw error;
    }
  }

  async update(meta: Instance["meta"]): Promise<void> {
    if (this.#ending.signal.aborted || this.#superseded) return;
    this.#value = encodeRegistryEntry({ ...this.#options.instance, meta }, this.#incarnation);
    await this.#options.client.ask(KV.method.put, { key: this.#key, value: this.#value, lease: this.#lease });
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposal ??= this.#dispose();
    return this.#disposal;
  }

  async #begin(): Promise<void> {
    this.#lease = await this.#grant();
    await this.#options.client.ask(KV.method.put, { key: this.#key, value: this.#value, lease: this.#lease });
    await this.#watch.start();
    if (!this.#ending.signal.aborted) this.#renewing = this.#renew();
  }

  async #dispose(): Promise<void> {
    const { client, outage, onEnd } = this.#options;
    this.#ending.abort();
    // What is on its way would bring the entry back.
    await this.#begun.catch(() => {});
    await this.#watch[Symbol.asyncDispose]();
    await Promise.all([this.#renewing, this.#repair]);
    outage.over(this.#watch);
    outage.over(this);
    onEnd(this);
    if (this.#lease === 0n) return;
    try {
      // The entry of a newer incarnation hangs on a lease of its own.
      await client.ask(Lease.method.leaseRevoke, { id: this.#lease });
    } catch (error) {
      if (isLeaseGone(error)) return;
      throw reasonError("PLUGIN_FAILED", `router_etcd: can't deregister ${this.app}: ${errorText(error)}`);
    }
  }

  async #grant(): Promise<bigint> {
    const { client, ttlSeconds } = this.#options;
    const { id } = await client.ask(Lease.method.leaseGrant, { ttl: BigInt(ttlSeconds) });
    return id;
  }

  async #renew(): Promise<void> {
    const { access, clock, ttlSeconds, outage } = this.#options;
    const { signal } = this.#ending;
    const intervalMs = (ttlSeconds * 1000) / 3;
    let lease = this.#lease;
    let renewer = new EtcdRenewer(access, lease);
    try {
      for (;;) {
        await pause(clock, intervalMs, signal);
        if (signal.aborted || this.#superseded) return;
        if (this.#lease !== lease) {
          // It was entered again meanwhile.
          await renewer[Symbol.asyncDispose]();
          lease = this.#lease;
          renewer = new EtcdRenewer(access, lease);
        }
        try {
          const remainingMs = await this.#within(intervalMs, (limit) => renewer.renew(limit));
          outage.over(this);
          if (remainingMs > 0 || this.#lease !== lease) continue;
          this.#isThere = false;
          this.#startRepair();
          await this.#repair;
        } catch (error) {
          if (!signal.aborted) outage.failed(this, error);
        }
      }
    } finally {
      await renewer[Symbol.asyncDispose]();
    }
  }

  /** Aborts what `ask` does when the registration ends, or after this time. */
  async #within<T>(timeoutMs: number, ask: (limit: AbortSignal) => Promise<T>): Promise<T> {
    const late = new AbortController();
    const timer = this.#options.clock.after(timeoutMs, () => {
      late.abort(new Error(`etcd did not answer within ${timeoutMs} ms`));
    });
    try {
      return await ask(AbortSignal.any([late.signal, this.#ending.signal]));
    } finally {
      timer.cancel();
    }
  }

  #check(entry: KeyValue | undefined): void {
    if (this.#ending.signal.aborted || this.#superseded) return;
    if (entry === undefined) {
      this.#isThere = false;
      this.#startRepair();
    } else if (this.#isOurs(entry)) {
      this.#isThere = true;
    } else {
      this.#yield();
    }
  }

  #startRepair(): void {
    this.#repair ??= this.#enterAgain().finally(() => {
      this.#repair = undefined;
      if (!this.#isThere && !this.#superseded && !this.#ending.signal.aborted) this.#startRepair();
    });
  }

  async #enterAgain(): Promise<void> {
    const { client, clock, log, outage } = this.#options;
    await pause(clock, minRepairMs * (1 + Math.random()), this.#ending.signal);
    if (this.#ending.signal.aborted || this.#isThere || this.#superseded) return;
    try {
      log.warn("etcd lost the entry of this app; registering it again", { app: this.app });
      const lease = await this.#grant();
      const answer = await client.ask(KV.method.txn, {
        compare: [createdAt(this.#key, 0n)],
        success: [put(this.#key, this.#value, lease)],
        failure: [get(this.#key)],
      });
      outage.over(this);
      if (answer.succeeded) {
        this.#lease = lease;
        this.#isThere = true;
        return;
      }
      await client.ask(Lease.method.leaseRevoke, { id: lease });
      this.#check(found(answer.responses[0]));
    } catch (error) {
      outage.failed(this, error);
    }
  }

  #yield(): void {
    this.#superseded = true;
    this.#options.log.warn("another process registered this app id; its entry counts now", { app: this.app });
  }

  #isOurs({ key, value }: KeyValue): boolean {
    return decodeEntry(key, value)?.incarnation === this.#incarnation;
  }
}
