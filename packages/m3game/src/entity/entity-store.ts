import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import type { DbKey } from "../plugin/db.ts";
import { createEntity, Entity, type LoadOptions } from "./entity.ts";
import type { EntityDb } from "./entity-db.ts";
import type { EntityDefinition } from "./entity-definition.ts";
import { type EntityHost, type EntityOwner, hostOf, noHost } from "./entity-host.ts";
import { isDbKey } from "./entity-key.ts";
import { type EntityQuery, toDbQuery } from "./entity-query.ts";
import { EntityRow } from "./entity-row.ts";

/** A part of what `find` has found. */
export interface EntityPage<S extends DescMessage, F extends number, V extends number> {
  readonly entities: readonly Entity<S, F, V>[];
  /** For the next page; absent when this is the last. */
  readonly cursor?: string;
}

/**
 * Entities outside of actors. Only their versions guard them, so that of two writers at a time the loser gets CONFLICT, unless
 * they are read and written as the owner of a claim. What an actor saves is not to be written here, unless the entity is
 * `shared`.
 */
export class EntityStore {
  readonly #db: EntityDb;
  readonly #host: EntityHost;

  constructor(db: EntityDb, host: EntityHost = noHost) {
    this.#db = db;
    this.#host = host;
  }

  /**
   * The same store as the owner of a claim, a leader's or a lease: what is read is newer than anything an owner before can
   * still write, and what is written is refused with FENCED once there is a newer owner. Everything rejects with NOT_OWNER as soon as
   * the claim is not held any more.
   */
  ownedBy(claim: EntityOwner): EntityStore {
    return new EntityStore(this.#db, hostOf(claim));
  }

  /** A handle; nothing is read yet. Throws ENTITY_INVALID for a key that does not fit. */
  entity<S extends DescMessage, F extends number, V extends number>(
    definition: EntityDefinition<S, F, V>,
    key: DbKey,
  ): Entity<S, F, V> {
    return createEntity(definition, { db: this.#db, key, host: this.#host });
  }

  /** The entity with its data; created when there is no row. Rejects like `Entity.load`. */
  load<S extends DescMessage, F extends number, V extends number>(
    definition: EntityDefinition<S, F, V>,
    key: DbKey,
    options: Required<LoadOptions<S>>,
  ): Promise<Entity<S, F, V>>;
  /** The entity with its data, undefined when there is no row. Rejects like `Entity.load`. */
  load<S extends DescMessage, F extends number, V extends number>(
    definition: EntityDefinition<S, F, V>,
    key: DbKey,
  ): Promise<Entity<S, F, V> | undefined>;
  async load<S extends DescMessage, F extends number, V extends number>(
    definition: EntityDefinition<S, F, V>,
    key: DbKey,
    options?: LoadOptions<S>,
  ): Promise<Entity<S, F, V> | undefined> {
    const entity = this.entity(definition, key);
    await entity.load(options);
    return entity.isLoaded ? entity : undefined;
  }

  /** Stores a new entity. Rejects like `Entity.create`. */
  async create<S extends DescMessage, F extends number, V extends number>(
    definition: EntityDefinition<S, F, V>,
    key: DbKey,
    init: MessageInitShape<S>,
  ): Promise<Entity<S, F, V>> {
    const entity = this.entity(definition, key);
    await entity.create(init);
    return entity;
  }

  /**
   * The entities for which all conditions hold, a page at a time. Rejects with UNIMPLEMENTED for a field that is not
   * indexed and for a store that can't search, INVALID_ARGUMENT for a limit, value or cursor that is none, DEADLINE when
   * the store takes too long, ROW_UNREADABLE for a row that can't be decoded.
   */
  async find<S extends DescMessage, F extends number, V extends number>(
    definition: EntityDefinition<S, F, V>,
    query: EntityQuery<S> = {},
  ): Promise<EntityPage<S, F, V>> {
    const { table } = definition;
    const { rows, cursor } = await this.#db.readMany(table, toDbQuery(definition, query), this.#host);
    const entities = rows.map((found) => {
      const key: unknown = Reflect.get(found.message, table.key.localName);
      const row = new EntityRow(definition, this.#db, isDbKey(key) ? key : "", this.#host);
      row.adopt(found);
      return new Entity(definition, row);
    });
    return { entities, ...(cursor !== undefined && { cursor }) };
  }
}
