import type { AcquireResult, LeaseRenewal, LeaseStoreSession, TransferResult } from "../lease.ts";
import type { LeaseOperation } from "./memory-lease-faults.ts";
import type { MemoryLeaseEntry, MemoryLeaseStore } from "./memory-lease-store.ts";

type StoreCall = <T>(operation: LeaseOperation, work: (now: number) => T) => Promise<T>;

export class MemoryLeaseSession implements LeaseStoreSession {
  readonly ttlMs: number;
  readonly renewal: LeaseRenewal;
  readonly #store: MemoryLeaseStore;
  readonly #entry: MemoryLeaseEntry;
  readonly #call: StoreCall;

  constructor(store: MemoryLeaseStore, entry: MemoryLeaseEntry, call: StoreCall) {
    this.#store = store;
    this.#entry = entry;
    this.#call = call;
    this.ttlMs = entry.ttlMs;
    this.renewal = {
      kind: "inline",
      renewer: {
        renew: () => call("renew", (now) => store.renew(entry, now)),
        [Symbol.asyncDispose]: async () => {},
      },
    };
  }

  acquire(ids: readonly string[]): Promise<readonly AcquireResult[]> {
    return this.#call("acquire", (now) => ids.map((id) => this.#store.acquire(this.#entry, id, now)));
  }

  transfer(id: string, counter: bigint, targetApp: string): Promise<TransferResult> {
    return this.#call("transfer", (now) => this.#store.transfer(this.#entry, { id, counter, targetApp }, now));
  }

  release(id: string, counter: bigint): Promise<void> {
    return this.#call("release", () => this.#store.release(this.#entry, id, counter));
  }

  watchLost(listener: () => void): void {
    this.#entry.tell = () => {
      if (this.#store.faults.isCutOff(this.#entry.app)) return;
      // Never within the code of who caused it.
      queueMicrotask(listener);
    };
  }

  async close(): Promise<void> {
    this.#entry.tell = () => {};
    await this.#call("close", () => this.#store.close(this.#entry));
  }
}
