import type { DescMessage, DescService } from "@bufbuild/protobuf";
import type { Entity } from "../../entity/entity.ts";
import type { EntityDefinition } from "../../entity/entity-definition.ts";
import type { EntityStore } from "../../entity/entity-store.ts";
import type { Timer } from "../../meta/clock.ts";
import type { Logger } from "../../plugin/log.ts";
import type { Meter } from "../../plugin/metric.ts";
import type { Resource } from "../../resource/resource.ts";
import type { Client } from "../../rpc/client.ts";
import type { ClientSource } from "../../rpc/define-client.ts";
import type { MaybePromise } from "../../rpc/interceptor.ts";
import type { ActorApp } from "./actor-app.ts";

/** What an actor gets from the framework. Game code uses the members of `Actor` instead. */
export interface ActorHost {
  readonly id: string;
  readonly app: ActorApp;
  readonly log: Logger;
  readonly entities: EntityStore;
  readonly metrics: Meter;
  entity<S extends DescMessage, F extends number, V extends number>(
    definition: EntityDefinition<S, F, V>,
  ): Entity<S, F, V>;
  client<S extends DescService>(source: ClientSource<S>): Client<S>;
  resource<T>(resource: Resource<T>): T;
  /** `intervalMs` undefined: once. */
  timer(delayMs: number, intervalMs: number | undefined, task: () => MaybePromise<void>): Timer;
  exit(): void;
}
