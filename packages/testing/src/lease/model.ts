import type { AcquireResult, TransferResult } from "m3game";
import { expect } from "vitest";

interface ModelClaim {
  readonly app: string;
  readonly counter: bigint;
}

/** What a lease store has to be: who holds what, and counters that only grow. Its methods check the store's results. */
export class LeaseModel {
  readonly #open = new Set<string>();
  readonly #claims = new Map<string, ModelClaim>();
  /** The greatest counter of each id so far. */
  readonly #last = new Map<string, bigint>();

  isOpen(app: string): boolean {
    return this.#open.has(app);
  }

  open(app: string): void {
    this.#open.add(app);
  }

  close(app: string): void {
    this.#open.delete(app);
    for (const [id, claim] of this.#claims) if (claim.app === app) this.#claims.delete(id);
  }

  holder(id: string): ModelClaim | undefined {
    return this.#claims.get(id);
  }

  /** The counter that the app's claim has, or an older one. */
  counterFor(app: string, id: string, isStale: boolean): bigint {
    const claim = this.#claims.get(id);
    if (claim?.app === app && !isStale) return claim.counter;
    return (claim?.counter ?? this.#last.get(id) ?? 2n) - 1n;
  }

  acquired(app: string, id: string, result: AcquireResult | undefined): void {
    const claim = this.#claims.get(id);
    if (!this.isOpen(app)) {
      expect(result).toEqual({ status: "lost" });
    } else if (claim === undefined) {
      expect(result?.status).toBe("acquired");
      if (result?.status === "acquired") this.#set(id, { app, counter: result.counter });
    } else if (claim.app === app) {
      expect(result).toEqual({ status: "acquired", counter: claim.counter });
    } else {
      expect(result).toMatchObject({ status: "taken", holder: { counter: claim.counter } });
    }
  }

  transferred(
    { app, id, counter, target }: { app: string; id: string; counter: bigint; target: string },
    result: TransferResult,
  ): void {
    const claim = this.#claims.get(id);
    if (claim?.app === target && claim.counter > counter) {
      expect(result).toEqual({ status: "transferred", counter: claim.counter });
    } else if (claim?.app !== app || claim.counter !== counter) {
      expect(result).toEqual({ status: "not_held" });
    } else if (!this.isOpen(target)) {
      expect(result).toEqual({ status: "no_target" });
    } else {
      expect(result.status).toBe("transferred");
      if (result.status === "transferred") this.#set(id, { app: target, counter: result.counter });
    }
  }

  release(id: string, counter: bigint): void {
    if (this.#claims.get(id)?.counter === counter) this.#claims.delete(id);
  }

  #set(id: string, claim: ModelClaim): void {
    expect(claim.counter).toBeGreaterThan(this.#last.get(id) ?? -1n);
    this.#last.set(id, claim.counter);
    this.#claims.set(id, claim);
  }
}
