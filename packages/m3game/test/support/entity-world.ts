import { createManualClock, type ManualClock } from "@m3game/testing";
import { createEntity, type Entity } from "../../src/entity/entity.ts";
import { EntityDb } from "../../src/entity/entity-db.ts";
import { defineEntity } from "../../src/entity/entity-definition.ts";
import type { EntityHost } from "../../src/entity/entity-host.ts";
import type { M3Error } from "../../src/meta/error.ts";
import type { DbScope } from "../../src/plugin/db.ts";
import { type HeroFlag, HeroFlagSchema, HeroSchema, type HeroView, HeroViewSchema } from "./hero.ts";
import { ScriptedDb } from "./scripted-db.ts";

const options = { table: "hero", flags: HeroFlagSchema, views: HeroViewSchema, indexed: ["name", "level"] } as const;

export const HeroEntity = defineEntity(HeroSchema, options);
/** The same rows, for several writers. */
export const SharedHeroEntity = defineEntity(HeroSchema, { ...options, shared: true });

export type HeroHandle = Entity<typeof HeroSchema, HeroFlag, HeroView>;

/** An actor as its entities see it. */
export class TestHost implements EntityHost {
  owned = true;
  until = Number.POSITIVE_INFINITY;
  claim: DbScope | undefined;
  changes = 0;
  readonly fenced: M3Error[] = [];
  readonly failed: M3Error[] = [];

  /** Without a counter there are no claims. */
  constructor(claim: string, counter?: bigint) {
    this.claim = counter === undefined ? undefined : { claim, fence: { epoch: 1n, counter } };
  }

  owns(): boolean {
    return this.owned;
  }

  scope(): DbScope | undefined {
    return this.claim;
  }

  deadline(): number {
    return this.until;
  }

  onFenced(error: M3Error): void {
    this.fenced.push(error);
  }

  onSaveFailed(error: M3Error): void {
    this.failed.push(error);
  }

  changed(): void {
    this.changes += 1;
  }
}

/** A store with faults, a clock that stands still, and heroes. */
export class EntityWorld {
  readonly clock: ManualClock = createManualClock();
  readonly store: ScriptedDb;
  readonly db: EntityDb;

  private constructor(store: ScriptedDb) {
    this.store = store;
    this.db = new EntityDb({ db: store, clock: this.clock });
  }

  static async create(): Promise<EntityWorld> {
    return new EntityWorld(await ScriptedDb.create());
  }

  hero(key: bigint, host?: EntityHost, definition = HeroEntity): HeroHandle {
    return createEntity(definition, { db: this.db, key, ...(host && { host }) });
  }

  /** A hero that is in the store, and loaded. */
  async stored(key: bigint, host?: EntityHost, definition = HeroEntity): Promise<HeroHandle> {
    const hero = this.hero(key, host, definition);
    await hero.load({ orCreate: { name: `hero ${key}`, level: 1 } });
    return hero;
  }

  /** What the store has. */
  async row(key: bigint): Promise<HeroHandle["data"] | undefined> {
    const hero = createEntity(HeroEntity, { db: new EntityDb({ db: this.store.inner, clock: this.clock }), key });
    return (await hero.load()) ? hero.data : undefined;
  }
}
