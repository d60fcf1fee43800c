import type { Claim } from "../../ownership/claim.ts";
import type { Ownership } from "../../ownership/ownership.ts";
import type { DbScope } from "../../plugin/db.ts";

/** What makes this app the only one that may run an actor. */
export interface ActorClaim {
  /** What its writes carry; undefined without claims, where only versions decide. */
  readonly scope: DbScope | undefined;
  /** Until when it certainly holds, on the app's clock in milliseconds; Infinity without claims. */
  readonly deadline: number;
  /** One compare: true while this app may run the actor and write for it. */
  isHeld(): boolean;
  /** The store has refused its fence. */
  refused(): void;
  /** Gives it to another app in one step. */
  transfer(targetApp: string): Promise<void>;
  /** Gives it up if it is still held. */
  release(): Promise<void>;
}

/** LeaseMode = 0: every app may run every actor. */
export const unclaimed: ActorClaim = {
  scope: undefined,
  deadline: Number.POSITIVE_INFINITY,
  isHeld: () => true,
  refused: () => {},
  transfer: async () => {},
  release: async () => {},
};

/** A claim in the lease store. There is one for each active actor, so it keeps no more than it must. */
export class OwnedActorClaim implements ActorClaim {
  readonly #claim: Claim;
  readonly #ownership: Ownership;

  constructor(claim: Claim, ownership: Ownership) {
    this.#claim = claim;
    this.#ownership = ownership;
  }

  get scope(): DbScope {
    return { claim: this.#claim.id, fence: this.#claim.fence };
  }

  get deadline(): number {
    return this.#ownership.deadline;
  }

  isHeld(): boolean {
    return this.#claim.isHeld();
  }

  refused(): void {
    this.#ownership.fenceRefused(this.#claim);
  }

  transfer(targetApp: string): Promise<void> {
    return this.#claim.transfer(targetApp);
  }

  release(): Promise<void> {
    return this.#claim.release();
  }
}
