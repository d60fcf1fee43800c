import type { DescMessage } from "@bufbuild/protobuf";
import { createEntity, type Entity } from "../../entity/entity.ts";
import type { EntityDb } from "../../entity/entity-db.ts";
import type { EntityDefinition } from "../../entity/entity-definition.ts";
import type { EntityHost } from "../../entity/entity-host.ts";
import { EntityStore } from "../../entity/entity-store.ts";
import type { MovedRow } from "../../entity/moved-row.ts";
import type { SaveQueue } from "../../entity/save-queue.ts";

const maxMovedBytes = 1024 * 1024;

/** Where the actors of one app keep their entities. */
export interface ActorStore {
  readonly db: EntityDb;
  readonly queue: SaveQueue;
}

/** The entities of one actor, saved together. */
export class ActorEntities {
  readonly #store: ActorStore;
  readonly #host: EntityHost;
  #entities: readonly Entity[] = [];

  constructor(store: ActorStore, host: EntityHost) {
    this.#store = store;
    this.#host = host;
  }

  /** Those whose keys are made of the actor's id. */
  get own(): readonly Entity[] {
    return this.#entities;
  }

  /** An entity whose key is made of the actor's id. */
  add<S extends DescMessage, F extends number, V extends number>(
    definition: EntityDefinition<S, F, V>,
    id: string,
  ): Entity<S, F, V> {
    const entity = createEntity(definition, { db: this.#store.db, key: id, host: this.#host });
    // concat makes an array as long as it must be; one that was pushed to, or spread into, has room for sixteen more.
    this.#entities = this.#entities.concat(entity);
    return entity;
  }

  /** Those with other keys, as the same owner. */
  get others(): EntityStore {
    return new EntityStore(this.#store.db, this.#host);
  }

  /** Hands what changed to the app's next batch. Resolves when there is room for it. */
  async scheduleSave(): Promise<void> {
    const changed = this.#changed();
    if (changed.length > 0) await this.#store.queue.schedule(...changed);
  }

  /** Resolves when the store has confirmed all that changed, and what was scheduled before. */
  async flush(): Promise<void> {
    await this.#store.queue.save(...this.#entities.filter((entity) => entity.isLoaded));
  }

  /** Gives the entities what the owner before had of them. */
  adopt(rows: readonly MovedRow[]): void {
    for (const { row } of this.#entities) {
      const { table, layout } = row.definition;
      row.moved = rows.find((moved) => moved.table === table.name && moved.layout === layout);
    }
  }

  /** Entities that are not loaded by now are read from the store. */
  forgetMoved(): void {
    for (const { row } of this.#entities) row.moved = undefined;
  }

  /** What the next owner may take over of them: as much as one message between apps surely holds. */
  confirmed(): readonly MovedRow[] {
    const rows: MovedRow[] = [];
    let left = maxMovedBytes;
    for (const { row } of this.#entities) {
      const confirmed = row.confirmed();
      if (confirmed === undefined || confirmed.entity.length > left) continue;
      left -= confirmed.entity.length;
      rows.push(confirmed);
    }
    return rows;
  }

  #changed(): readonly Entity[] {
    return this.#entities.filter((entity) => entity.isLoaded && entity.isDirty);
  }
}
