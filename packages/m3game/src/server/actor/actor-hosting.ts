import type { Actor, ActorClass } from "./actor.ts";
import type { ActorKind } from "./actor-kind.ts";

/** What a server of actors needs from its app. */
export interface ActorHosting {
  /** The kind of a class, the same for all services that host it; `always` are ids that live without being called. */
  kind<A extends Actor>(actorClass: ActorClass<A>, always: readonly string[]): ActorKind<A>;
  /** Throws when a call may not activate an actor here. */
  checkMayActivate(kind: ActorKind, id: string): void;
  /** True when the registry knows the app. */
  isReachable(app: string): boolean;
  /** Has an actor handed over from another app and activates it here. */
  takeOver(kind: ActorKind, id: string, from: string, deadline: number): Promise<void>;
}
