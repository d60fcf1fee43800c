import type { DbScope } from "../../plugin/db.ts";

/** What makes this app the only one that may run an actor. */
export interface ActorClaim {
  /** What its writes carry; undefined without claims, where only versions decide. */
  readonly scope: DbScope | undefined;
  /** Until when it certainly holds, on the app's clock in milliseconds; Infinity without claims. */
  readonly deadline: number;
  /** One compare: true while this app may run the actor and write for it. */
  isHeld(): boolean;
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
  transfer: async () => {},
  release: async () => {},
};
