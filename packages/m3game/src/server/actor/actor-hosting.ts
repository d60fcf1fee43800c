import type { LeaseHolder } from "../../plugin/lease.ts";
import type { Actor, ActorClass } from "./actor.ts";
import type { ActorKind } from "./actor-kind.ts";

/** What a server of actors needs from its app. */
export interface ActorHosting {
  /** The kind of a class, the same for all services that host it; `always` are ids that live without being called. */
  kind<A extends Actor>(actorClass: ActorClass<A>, always: readonly string[]): ActorKind<A>;
  /** True when calls may activate actors. Throws DRAINING when this app takes none any more. */
  mayActivate(): boolean;
  /** Where an actor is active, if the claims know; a hint. */
  holder(kind: ActorKind, id: string): Promise<LeaseHolder | undefined>;
  /** True for another app that the registry knows. */
  isReachable(app: string): boolean;
  /** Another app that may run an actor which has run on this version; undefined: there is none. */
  ownerFrom(version: string, id: string): string | undefined;
  /** The take-over of an actor that is under way, undefined when none is. Never rejects. */
  arriving(kind: ActorKind, id: string): Promise<void> | undefined;
  /** Has an actor handed over from another app and activates it here. Rejects with NOT_OWNER when that app keeps it. */
  takeOver(kind: ActorKind, id: string, from: LeaseHolder): Promise<void>;
  /** How long an app that can't be reached may take to hand an actor over, in milliseconds. */
  readonly patienceMs: number;
}
