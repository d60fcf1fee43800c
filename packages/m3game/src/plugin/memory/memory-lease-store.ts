import { randomUUID } from "node:crypto";
import type { AcquireResult, LeaseHolder, OpenSession, TransferResult } from "../lease.ts";
import { MemoryLeaseFaults } from "./memory-lease-faults.ts";

/** One incarnation's session. The object itself is its identity. */
export interface MemoryLeaseEntry extends OpenSession {
  readonly counter: bigint;
  expiresAt: number;
  tell: () => void;
}

interface MemoryClaim {
  readonly entry: MemoryLeaseEntry;
  readonly counter: bigint;
}

/** The sessions and claims of the apps of one hub. Each step is atomic; time is told by who asks. */
export class MemoryLeaseStore {
  readonly name = `lease_memory/${randomUUID()}`;
  readonly faults = new MemoryLeaseFaults(this);
  readonly #entries = new Map<string, MemoryLeaseEntry>();
  readonly #claims = new Map<string, MemoryClaim>();
  #revision = 0n;

  /** The app's session: a new one, unless it has one. */
  open(request: OpenSession, now: number): MemoryLeaseEntry {
    const open = this.#live(request.app, now);
    if (open !== undefined) return open;
    const { ttlMs } = request;
    const entry = { ...request, counter: ++this.#revision, expiresAt: now + ttlMs, tell: () => {} };
    this.#entries.set(request.app, entry);
    return entry;
  }

  /** The time it has again, 0 when it is over. */
  renew(entry: MemoryLeaseEntry, now: number): number {
    if (!this.#isLive(entry, now)) return 0;
    entry.expiresAt = now + entry.ttlMs;
    return entry.ttlMs;
  }

  acquire(entry: MemoryLeaseEntry, id: string, now: number): AcquireResult {
    if (!this.#isLive(entry, now)) return { status: "lost" };
    const claim = this.#claim(id, now);
    if (claim === undefined) {
      const counter = ++this.#revision;
      this.#claims.set(id, { entry, counter });
      return { status: "acquired", counter };
    }
    if (claim.entry === entry) return { status: "acquired", counter: claim.counter };
    return { status: "taken", holder: holderOf(claim), remainingMs: claim.entry.expiresAt - now };
  }

  transfer(
    entry: MemoryLeaseEntry,
    { id, counter, targetApp }: { readonly id: string; readonly counter: bigint; readonly targetApp: string },
    now: number,
  ): TransferResult {
    const claim = this.#claim(id, now);
    const target = this.#live(targetApp, now);
    if (claim !== undefined && claim.entry === target && claim.counter > counter) {
      return { status: "transferred", counter: claim.counter };
    }
    if (claim === undefined || claim.counter !== counter || claim.entry !== entry) return { status: "not_held" };
    if (target === undefined) return { status: "no_target" };
    const moved = { entry: target, counter: ++this.#revision };
    this.#claims.set(id, moved);
    return { status: "transferred", counter: moved.counter };
  }

  release(entry: MemoryLeaseEntry, id: string, counter: bigint): void {
    const claim = this.#claims.get(id);
    if (claim?.entry === entry && claim.counter === counter) this.#claims.delete(id);
  }

  /** Ends the session with all its claims. */
  close(entry: MemoryLeaseEntry): void {
    if (this.#entries.get(entry.app) !== entry) return;
    this.#entries.delete(entry.app);
    for (const [id, claim] of this.#claims) if (claim.entry === entry) this.#claims.delete(id);
    entry.tell();
  }

  holder(id: string, now: number): LeaseHolder | undefined {
    const claim = this.#claim(id, now);
    return claim && holderOf(claim);
  }

  /** Ends the app's session whatever it says, as an operator may. */
  revoke(app: string): void {
    const entry = this.#entries.get(app);
    if (entry !== undefined) this.close(entry);
  }

  #live(app: string, now: number): MemoryLeaseEntry | undefined {
    const entry = this.#entries.get(app);
    return entry !== undefined && this.#isLive(entry, now) ? entry : undefined;
  }

  #isLive(entry: MemoryLeaseEntry, now: number): boolean {
    if (this.#entries.get(entry.app) !== entry) return false;
    if (now < entry.expiresAt) return true;
    this.close(entry);
    return false;
  }

  #claim(id: string, now: number): MemoryClaim | undefined {
    const claim = this.#claims.get(id);
    return claim !== undefined && this.#isLive(claim.entry, now) ? claim : undefined;
  }
}

function holderOf({ entry, counter }: MemoryClaim): LeaseHolder {
  const { app, incarnation, address } = entry;
  return { app, incarnation, address, counter };
}
