import type { DescMessage, MessageInitShape, MessageShape } from "@bufbuild/protobuf";
import { isMessage } from "@bufbuild/protobuf";
import { reasonError } from "../meta/error.ts";
import type { DbKey } from "../plugin/db.ts";
import type { EntityDb } from "./entity-db.ts";
import type { EntityDefinition } from "./entity-definition.ts";
import { type EntityHost, noHost } from "./entity-host.ts";
import { EntityRow } from "./entity-row.ts";
import { type FieldValue, readField, writeField } from "./field-value.ts";
import { cutMessage } from "./view-cut.ts";

/** What `load` does where there is no row. */
export interface LoadOptions<S extends DescMessage> {
  /** Creates the row with this when there is none. The key is filled in. @default the entity stays without data */
  readonly orCreate?: MessageInitShape<S>;
}

/**
 * One stored message and what was changed of it since. `data` is the plain message: read it, change it at any depth, put
 * it into a response. What changed is found by comparing encodings, so that no change is missed.
 *
 * Calls to the store run one at a time. Inside an actor they reject with NOT_OWNER when this app does not own the actor,
 * and with FENCED, once and for all, when the store knows a newer owner. They end after `timeoutMs` of the store: a read
 * with DEADLINE, a write with UNKNOWN_OUTCOME or, when it had not left yet, with DEADLINE; and with UNAVAILABLE or
 * RESOURCE_EXHAUSTED when the store can't. Whatever they reject with, changes of `data` stay and are still dirty.
 */
export class Entity<S extends DescMessage = DescMessage, F extends number = number, V extends number = number> {
  /** @internal */
  readonly row: EntityRow;
  readonly #definition: EntityDefinition<S, F, V>;

  /** Made by `createEntity`, `this.entity` of an actor, or `app.entities`. */
  constructor(definition: EntityDefinition<S, F, V>, row: EntityRow) {
    this.#definition = definition;
    this.row = row;
  }

  /** The key of its row, as its field has it. */
  get key(): DbKey {
    return this.row.key;
  }

  /** The version that the store has confirmed, 0 without a row. */
  get version(): bigint {
    return this.row.version;
  }

  /** True once there is data. */
  get isLoaded(): boolean {
    return this.row.isLoaded;
  }

  /** The message itself, not a copy. Throws NOT_LOADED before `load` or `create`, without a row, and after `delete`. */
  get data(): MessageShape<S> {
    const { message } = this.row;
    if (isMessage(message, this.#definition.schema)) return message;
    throw new TypeError(`${this.row.name} holds a ${message.$typeName}`);
  }

  /** A field's value, undefined where it is absent. Throws NOT_LOADED. */
  get(flag: F): FieldValue<S> | undefined {
    const value = readField(this.row.message, this.#definition.field(flag));
    return isFieldValue<S>(value) ? value : undefined;
  }

  /**
   * Sets a field; undefined makes it absent. Throws NOT_LOADED, and ENTITY_INVALID, with nothing changed, for the key and
   * for a value that does not fit the field.
   */
  set(flag: F, value: FieldValue<S> | undefined): void {
    const { schema, table } = this.#definition;
    const field = this.#definition.field(flag);
    if (field === table.key) throw reasonError("ENTITY_INVALID", `${this.row.name}: the key can't be set`);
    writeField(schema, this.row.message, field, value);
    this.row.host.changed?.();
  }

  /** True when `data` differs from what the store has confirmed. Throws ENTITY_INVALID for data that can't be encoded. */
  get isDirty(): boolean {
    return this.row.changed().length > 0;
  }

  /** The flags of the fields that differ from what the store has confirmed. Throws like `isDirty`. */
  get dirtyFlags(): readonly F[] {
    return this.row.changed().map((field) => this.#definition.flag(field));
  }

  /**
   * Reads the row, and says whether it was there. Does nothing when there is data already. Rejects with ROW_UNREADABLE
   * for a row that can't be decoded: nothing overwrites it.
   */
  load(options: LoadOptions<S> = {}): Promise<boolean> {
    return this.row.load(options.orCreate);
  }

  /** Reads the row again and forgets all changes: what to do after CONFLICT. False when the row is gone. */
  reload(): Promise<boolean> {
    return this.row.reload();
  }

  /** Stores a new row; the key is filled in. Rejects with ENTITY_EXISTS when there is one. */
  create(init: MessageInitShape<S>): Promise<void> {
    return this.row.create(init);
  }

  /**
   * Writes the fields that changed, and resolves when the store has confirmed them; does nothing when none did. What
   * changes meanwhile stays dirty. Rejects with CONFLICT when somebody else wrote the row, with UNKNOWN_OUTCOME when the
   * answer got lost: the next call finds out first, and where nobody can, `reload` and look.
   */
  save(): Promise<void> {
    return this.row.save();
  }

  /** Removes the row and the data. Rejects like `save`. */
  delete(): Promise<void> {
    return this.row.remove();
  }

  /**
   * A copy that holds only what a reader may see: fields that the view blacklists are left out, wherever they are;
   * fields it whitelists are kept whole; a message between is kept as far as something in it is, in lists and maps
   * element by element. Throws NOT_LOADED.
   */
  view(view: V): MessageShape<S> {
    const cut = cutMessage(this.#definition.view(view), this.row.message);
    if (isMessage(cut, this.#definition.schema)) return cut;
    throw new TypeError(`a view of ${this.row.name} is a ${cut.$typeName}`);
  }
}

function isFieldValue<S extends DescMessage>(value: unknown): value is FieldValue<S> {
  return value !== undefined;
}

export interface CreateEntityOptions {
  /** The store, one object for each app and store. */
  readonly db: EntityDb;
  /** The key, or the id of the actor that it is made from. */
  readonly key: DbKey;
  /** The actor that it belongs to. @default none: only its version guards its row */
  readonly host?: EntityHost;
}

/** Makes the handle of one entity; nothing is read yet. Throws ENTITY_INVALID for a key that does not fit. */
export function createEntity<S extends DescMessage, F extends number, V extends number>(
  definition: EntityDefinition<S, F, V>,
  { db, key, host = noHost }: CreateEntityOptions,
): Entity<S, F, V> {
  return new Entity(definition, new EntityRow(definition, db, key, host));
}
