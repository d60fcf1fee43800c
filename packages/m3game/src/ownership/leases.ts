import { isM3Error, reasonError } from "../meta/error.ts";
import type { LeaseHolder } from "../plugin/lease.ts";
import type { Claim } from "./claim.ts";
import type { Ownership } from "./ownership.ts";

/** Asks a holder to hand one of its leases over. */
export interface HandoverRequest {
  readonly id: string;
  /** The holder as the asking app saw it: one that owns it anew by now does not hand it over. */
  readonly counter: bigint;
  /** App id of the asking app. */
  readonly targetApp: string;
  /** What the asking app says to the holder, see `Leases.handover`. */
  readonly note: string;
}

/** What happens to a lease while it is held. */
export interface LeaseOptions {
  /**
   * Another app wants the lease. Finish what needs it and save; what is returned reaches the other app with it. From then on it
   * is not held here. Rejecting refuses. @default nothing is handed along
   */
  readonly onHandover?: (request: HandoverRequest) => Uint8Array | Promise<Uint8Array>;
}

/** What came with a lease that was handed over; empty when the holder sent nothing or its answer was lost. */
export interface HandedOver {
  readonly claim: Claim;
  /** What `onHandover` of the holder gave. */
  readonly moved: Uint8Array;
}

export interface LeasesOptions {
  readonly ownership: Ownership;
  /** App id of this app. */
  readonly app: string;
  /** Takes a request to the holder, whose app calls `handOver`. Resolves with what it returned. */
  readonly ask: (holder: LeaseHolder, request: HandoverRequest) => Promise<Uint8Array>;
}

interface OwnLease {
  readonly claim: Claim;
  readonly options: LeaseOptions;
}

const nothing = new Uint8Array(0);

/** Claims that game code holds on ids of its own, apart from those of actors. */
export class Leases {
  readonly #options: LeasesOptions;
  readonly #own = new Map<string, OwnLease>();
  /** What nothing here holds although the store may say that this app does: its answer, or the request, did not get through. */
  readonly #leftBehind = new Set<string>();

  constructor(options: LeasesOptions) {
    this.#options = options;
    options.ownership.onState((state) => {
      if (state === "lost") this.#leftBehind.clear();
    });
  }

  /** Names the lease store and what it remembers, see `Lease.storeName`. Rejects when it can't be asked. */
  storeName(): Promise<string> {
    return this.#options.ownership.storeName();
  }

  /** Acquires the lease when nobody holds it. Rejects as `Ownership.acquire`. */
  async acquire(
    id: string,
    options: LeaseOptions = {},
  ): Promise<
    | { readonly status: "acquired"; readonly claim: Claim }
    | { readonly status: "taken"; readonly holder: LeaseHolder; readonly retryAfterMs: number }
  > {
    try {
      const result = await this.#options.ownership.acquire(claimId(id));
      this.#leftBehind.delete(id);
      if (result.status === "acquired") this.#own.set(id, { claim: result.claim, options });
      return result;
    } catch (error) {
      if (isM3Error(error) && error.reason === "UNKNOWN_OUTCOME") this.#leftBehind.add(id);
      throw error;
    }
  }

  /**
   * Gives the lease up. Does nothing when this app does not hold it. Rejects when the store can't be asked: nothing holds it here
   * then, and who asks for it gets it.
   */
  async release(id: string): Promise<void> {
    const own = this.#own.get(id);
    if (own === undefined) return;
    this.#own.delete(id);
    try {
      await own.claim.release();
    } catch (error) {
      this.#leftBehind.add(id);
      throw error;
    }
  }

  /** Who holds the lease now, undefined when nobody does. A hint. */
  holder(id: string): Promise<LeaseHolder | undefined> {
    return this.#options.ownership.holder(claimId(id));
  }

  /**
   * Gets the lease, from its holder when there is one. Rejects with what the holder says when it refuses, with NOT_OWNER and
   * retryAfter when it does not answer: its session is then waited out, never broken. The holder's `onHandover` gets `note`.
   */
  async handover(id: string, options: LeaseOptions = {}, note = ""): Promise<HandedOver> {
    const first = await this.acquire(id, options);
    if (first.status === "acquired") return { claim: first.claim, moved: nothing };
    const { holder } = first;
    const request = { id, counter: holder.counter, targetApp: this.#options.app, note };
    const asked = await this.#options.ask(holder, request).then(
      (moved) => ({ moved, error: undefined }),
      (error: unknown) => ({ moved: nothing, error }),
    );
    // Also when the answer was lost: the lease may be here by now.
    const second = await this.acquire(id, options);
    if (second.status === "acquired") return { claim: second.claim, moved: asked.moved };
    if (asked.error !== undefined) throw asked.error;
    throw reasonError("NOT_OWNER", `lease ${id} is held by ${second.holder.app}, which did not hand it over`, {
      retryAfterMs: second.retryAfterMs,
    });
  }

  /** Another app's request has come in. Resolves with what goes along. Rejects with FENCED when it is not held as named. */
  async handOver(request: HandoverRequest): Promise<Uint8Array> {
    const { id, counter, targetApp } = request;
    if (this.#leftBehind.delete(id)) return this.#handOverLeft(request);
    const own = this.#own.get(id);
    if (own === undefined || !own.claim.isHeld() || own.claim.fence.counter !== counter) {
      throw reasonError("FENCED", `lease ${id} is not held by ${this.#options.app} as ${targetApp} saw it; look again`);
    }
    // A second request finds nothing to hand over.
    this.#own.delete(id);
    let moved: Uint8Array;
    try {
      moved = (await own.options.onHandover?.(request)) ?? nothing;
      await own.claim.transfer(targetApp);
    } catch (error) {
      if (own.claim.isHeld()) this.#own.set(id, own);
      else this.#leftBehind.add(id);
      throw error;
    }
    return moved;
  }

  /** Only the store knows whether this app has it, and as what: acquiring tells. */
  async #handOverLeft({ id, targetApp }: HandoverRequest): Promise<Uint8Array> {
    try {
      const result = await this.#options.ownership.acquire(claimId(id));
      // Somebody here may have acquired it meanwhile.
      if (result.status === "acquired" && !this.#own.has(id)) await result.claim.transfer(targetApp);
    } catch (error) {
      this.#leftBehind.add(id);
      throw error;
    }
    return nothing;
  }
}

function claimId(id: string): string {
  return `lease/${id}`;
}
