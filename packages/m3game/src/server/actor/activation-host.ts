import type { EntityHost } from "../../entity/entity-host.ts";
import type { Clock } from "../../meta/clock.ts";
import type { DeadlineWheel } from "../../meta/deadline-wheel.ts";
import type { M3Error } from "../../meta/error.ts";
import type { Logger } from "../../plugin/log.ts";
import type { Meter } from "../../plugin/metric.ts";
import type { ResourceSet } from "../../resource/resource-set.ts";
import type { ClientFactory } from "../../rpc/client-factory.ts";
import type { MailboxObserver } from "../../telemetry/mailbox-observer.ts";
import type { Actor, ActorClass } from "./actor.ts";
import type { ActorApp } from "./actor-app.ts";
import type { ActorClaim } from "./actor-claim.ts";
import type { ActorConfig } from "./actor-config.ts";
import type { ActorEntities } from "./actor-entities.ts";
import type { HolderHints } from "./holder-hints.ts";
import type { VersionMark } from "./version-mark.ts";

/** An actor whose turn can be watched. */
export interface WatchedActor {
  readonly id: string;
  readonly name: string;
  /** What runs now, for logs. */
  readonly turnName: string;
  /** On the app's clock in milliseconds; undefined between turns. */
  readonly turnStartedAt: number | undefined;
  /** Gives it up; what its turn still writes is refused. */
  evict(error: M3Error): Promise<void>;
  /** Logs once for each turn that it takes too long. */
  warnStuck(seconds: number): void;
}

/** What all actors of one kind share. */
export interface ActivationHost<A extends Actor> {
  readonly name: string;
  readonly actorClass: ActorClass<A>;
  readonly app: ActorApp;
  readonly clock: Clock;
  readonly wheel: DeadlineWheel;
  readonly log: Logger;
  readonly metrics: Meter;
  /** Undefined in an app without a metric and a trace plugin. */
  readonly mailboxes: MailboxObserver | undefined;
  readonly clients: ClientFactory;
  readonly config: ActorConfig;
  /** What turns read; the current set may change at any time. */
  readonly resources: { readonly current: ResourceSet };
  /** The periods of the config in milliseconds; 0: never. */
  readonly times: { readonly saveMs: number; readonly tickMs: number; readonly waitMs: number };
  /** The longest a tick, a timer or `onInit` may take for its calls, in milliseconds. */
  readonly taskTimeoutMs: number;
  /** Actors whose turn waits for something. */
  readonly running: Set<WatchedActor>;
  /** Where actors are that are not here. */
  readonly holders: HolderHints;
  /** How long an actor stays without a call, in milliseconds; 0: for ever. */
  idleMs(id: string): number;
  /** The id of an actor's claim, the same on every app. */
  claimId(id: string): string;
  /** Gets the claim of an actor. Rejects with HeldElsewhere. */
  claim(id: string): Promise<ActorClaim>;
  entities(owner: EntityHost): ActorEntities;
  /** What tells which version an actor has run on; undefined where versions have no order, and without claims. */
  versionMark(id: string, owner: EntityHost): VersionMark | undefined;
  /** Throws RanOnNewer when an actor that has run on `version` must not run on this app. */
  checkVersion(id: string, version: string): void;
  remove(activation: WatchedActor): void;
}
