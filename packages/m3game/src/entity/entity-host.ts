import type { M3Error } from "../meta/error.ts";
import type { DbScope } from "../plugin/db.ts";
import type { Fence } from "../plugin/fence.ts";
import type { SpanContext } from "../plugin/trace.ts";

/** What an entity asks and tells the actor that it belongs to. */
export interface EntityHost {
  /** True while this app may act for the actor; asked right before each call to the store. */
  owns(): boolean;
  /** The claim and fence that go with each read and write; undefined where there are no claims: the version alone decides. */
  scope(): DbScope | undefined;
  /** Until when the app owns it, on the app's clock in milliseconds; Infinity where there are no claims. */
  deadline(): number;
  /** The store knows a newer owner: the actor must be dropped, without saving. Once for each entity that finds out. */
  onFenced(error: M3Error): void;
  /**
   * What was scheduled to be saved never will be as it is: somebody else wrote the entity, or a value does not fit. Its
   * changes are still in memory alone.
   */
  onSaveFailed?(error: M3Error): void;
  /** The trace that what runs in the actor now belongs to. */
  spanContext?(): SpanContext | undefined;
  /** `set` changed an entity. Changes of `data` itself are not reported. */
  changed?(): void;
  /** Belongs to the queue that saves its entities. */
  savingState?: unknown;
}

/** A claim whose owner reads and writes entities: that of a leader, or a lease of the game's own. */
export interface EntityOwner {
  readonly id: string;
  readonly fence: Fence;
  readonly deadline: number;
  isHeld(): boolean;
  /** Told when the store knows a newer owner. */
  refused?(): void;
}

/** What belongs to the owner of a claim. */
export function hostOf(owner: EntityOwner): EntityHost {
  const scope = { claim: owner.id, fence: owner.fence };
  return {
    owns: () => owner.isHeld(),
    scope: () => scope,
    deadline: () => owner.deadline,
    onFenced: () => owner.refused?.(),
  };
}

/** What stands for a host outside of actors. */
export const noHost: EntityHost = {
  owns: () => true,
  scope: () => undefined,
  deadline: () => Number.POSITIVE_INFINITY,
  onFenced() {},
};
