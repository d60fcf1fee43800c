import type { DescField, Message } from "@bufbuild/protobuf";
import { isM3Error, type M3Error, reasonError } from "../meta/error.ts";
import type { DbKey, DbRefusal, DbRow, DbWrite, DbWriteResult } from "../plugin/db.ts";
import { sameBytes } from "./changed-fields.ts";
import { encodeEntity, encodeNew, encodeRow } from "./entity-codec.ts";
import { type EntityDb, notOwner } from "./entity-db.ts";
import type { EntityDefinition } from "./entity-definition.ts";
import type { EntityHost } from "./entity-host.ts";
import type { MovedRow } from "./moved-row.ts";
import { createOf, deleteOf, type RowWrite, readOutcome, toDbWrite, updateOf } from "./row-write.ts";

/**
 * The row behind an entity: its data, what the store has confirmed of it, and the writes between them. Calls to the
 * store run one at a time for each row. A write whose answer was lost is *in doubt*: before anything else it is sent
 * again as it was, which its version makes safe, and where that is refused the row itself is read.
 */
export class EntityRow {
  readonly definition: EntityDefinition;
  readonly db: EntityDb;
  readonly host: EntityHost;
  readonly key: DbKey;
  version = 0n;
  /** What the owner before had of it; the first load looks whether the store still has that. */
  moved: MovedRow | undefined;
  /** Belongs to the save queue, as the host's does: for a row that has no host of its own. */
  savingState: unknown = undefined;
  /** With how many bytes the save queue counts it; undefined while it is in no queue. */
  queuedBytes: number | undefined;
  #message: Message | undefined;
  /**
   * The encoding of what the store has; undefined without a row, or before it was read. Like what is scheduled it never
   * leaves this object but as a copy: once it is replaced, it is overwritten with another one.
   */
  #confirmed: Uint8Array | undefined;
  #inDoubt: RowWrite | undefined;
  /** The encoding that waits in the save queue. */
  #scheduled: Uint8Array | undefined;
  /** What the save queue is writing. */
  #sent: RowWrite | undefined;
  /** Why nothing may be written any more. */
  #failure: M3Error | undefined;
  #isBusy = false;
  /** For those who wait until it is not busy. */
  #idle: PromiseWithResolvers<void> | undefined;

  constructor(definition: EntityDefinition, db: EntityDb, key: DbKey, host: EntityHost) {
    this.definition = definition;
    this.db = db;
    this.key = definition.key(key);
    this.host = host;
  }

  /** Table and key, for messages. */
  get name(): string {
    return `${this.definition.table.name} ${this.key}`;
  }

  get isLoaded(): boolean {
    return this.#message !== undefined;
  }

  get message(): Message {
    if (this.#message !== undefined) return this.#message;
    throw reasonError("NOT_LOADED", `${this.name} has no data: await its load() or create() first`);
  }

  /** The fields that differ from what the store has confirmed. */
  changed(): readonly DescField[] {
    if (this.#message === undefined || this.#confirmed === undefined) return [];
    const encoding = this.#encode();
    return sameBytes(encoding, this.#confirmed) ? [] : this.definition.changed(this.#confirmed, encoding);
  }

  /** True when it was there; else `init` is created, if given. */
  load(init: object | undefined): Promise<boolean> {
    return this.#exclusively(async () => {
      await this.#settle();
      if (this.#message !== undefined || (await this.#fetch())) return true;
      if (init === undefined) return false;
      try {
        await this.#insert(init);
        return false;
      } catch (error) {
        // Somebody else was faster.
        if (hasReason(error, "ENTITY_EXISTS") && (await this.#fetch())) return true;
        throw error;
      }
    });
  }

  /** Reads the row again, whatever was changed. */
  reload(): Promise<boolean> {
    return this.#exclusively(async () => {
      if (this.#failure?.reason === "FENCED") throw this.#failure;
      this.moved = undefined;
      return await this.#fetch();
    });
  }

  create(init: object): Promise<void> {
    return this.#exclusively(async () => {
      await this.#settle();
      if (this.#message !== undefined) throw this.#exists();
      await this.#insert(init);
    });
  }

  save(): Promise<void> {
    return this.#exclusively(async () => {
      await this.#settle();
      // What is written now is at least as new as what waits in the queue.
      const scheduled = this.#scheduled;
      const write = updateOf(this.definition, this.version, this.#stored(), this.#encode());
      if (write !== undefined) await this.#write(write);
      if (this.#scheduled === scheduled) this.#scheduled = undefined;
    });
  }

  remove(): Promise<void> {
    return this.#exclusively(async () => {
      await this.#settle();
      this.#stored();
      await this.#write(deleteOf(this.version));
    });
  }

  /** The row as the store has confirmed it, for the next owner; undefined when there is none to rely on. */
  confirmed(): MovedRow | undefined {
    const { definition, version } = this;
    const entity = this.#confirmed;
    if (entity === undefined || this.#failure !== undefined || this.#inDoubt !== undefined || this.#isBusy) {
      return undefined;
    }
    return { table: definition.table.name, layout: definition.layout, version, entity: new Uint8Array(entity) };
  }

  /** Bytes that wait to be written. */
  get scheduledBytes(): number {
    return this.#scheduled?.length ?? 0;
  }

  /** True while the queue has something to write of it. */
  get isWaiting(): boolean {
    return this.#scheduled !== undefined || this.#inDoubt !== undefined;
  }

  /** Why it can't be written any more: FENCED, or CONFLICT until it is reloaded. */
  get failure(): M3Error | undefined {
    return this.#failure;
  }

  /** Resolves when no call to the store runs; undefined when none does. */
  get busy(): Promise<void> | undefined {
    if (!this.#isBusy) return undefined;
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  /** The data as it is now, for `schedule`. */
  snapshot(): Uint8Array {
    if (this.#failure !== undefined) throw this.#failure;
    this.#stored();
    return this.#encode();
  }

  /** Keeps a snapshot for the queue. False when the store has it already. */
  schedule(snapshot: Uint8Array): boolean {
    const isClean = !this.#isBusy && this.#inDoubt === undefined && sameBytes(snapshot, this.#stored());
    this.#scheduled = isClean ? undefined : this.db.encodings.keep(snapshot);
    return !isClean;
  }

  /** Forgets what was scheduled. */
  unschedule(): void {
    this.#scheduled = undefined;
  }

  /**
   * The next write of the queue; the row is busy until `endWrite` or `leaveWrite`. Undefined when there is nothing to write. Throws when
   * it can't be written as it is.
   */
  beginWrite(): DbWrite | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    let write = this.#inDoubt;
    if (write === undefined && this.#scheduled !== undefined && this.#confirmed !== undefined) {
      write = updateOf(this.definition, this.version, this.#confirmed, this.#scheduled);
    }
    if (write === undefined) {
      this.#scheduled = undefined;
      return undefined;
    }
    this.#isBusy = true;
    this.#sent = write;
    return toDbWrite(this.definition, this.key, write);
  }

  /** The store has done that write. */
  written(version: bigint): void {
    if (this.#sent !== undefined) this.#confirm(this.#sent, version);
    this.leaveWrite();
  }

  /** Takes another result of that write. Rejects with why it was not written; what was scheduled still is. */
  async endWrite(result: DbWriteResult): Promise<void> {
    try {
      if (this.#sent !== undefined) await this.#take(this.#sent, result);
    } finally {
      this.leaveWrite();
    }
  }

  /** That write was left undone. */
  leaveWrite(): void {
    this.#sent = undefined;
    this.#release();
  }

  async #exclusively<T>(task: () => Promise<T>): Promise<T> {
    while (this.#isBusy) await this.busy;
    this.#isBusy = true;
    try {
      return await task();
    } finally {
      this.#release();
    }
  }

  #release(): void {
    this.#isBusy = false;
    this.#idle?.resolve();
    this.#idle = undefined;
  }

  #encode(): Uint8Array {
    return encodeEntity(this.definition, this.message, () => `${this.name} can't be saved`);
  }

  /** What the store has. Throws NOT_LOADED when that is nothing. */
  #stored(): Uint8Array {
    if (this.#message !== undefined && this.#confirmed !== undefined) return this.#confirmed;
    throw reasonError("NOT_LOADED", `${this.name} is not in the store: await its load() or create() first`);
  }

  async #fetch(): Promise<boolean> {
    return this.adopt((await this.#readMoved()) ?? (await this.#read()));
  }

  /**
   * The row as the owner before had it, when the store has that version. Only the version is read, which raises the claim's
   * fence all the same: no write of that owner comes after it.
   */
  async #readMoved(): Promise<DbRow | undefined> {
    const { moved } = this;
    if (moved === undefined) return undefined;
    this.moved = undefined;
    const row = await this.#read([]);
    if (row?.version !== moved.version) return undefined;
    return { message: this.definition.decode(moved.entity), version: moved.version };
  }

  /** Takes a row that was read as all there is. Throws ROW_UNREADABLE, and then there is no data. */
  adopt(row: DbRow | undefined): boolean {
    this.#scheduled = undefined;
    this.#inDoubt = undefined;
    this.#failure = undefined;
    this.#message = undefined;
    this.#confirmed = undefined;
    this.version = 0n;
    if (row === undefined) return false;
    this.#confirmed = encodeRow(this.definition, this.key, row);
    this.#message = row.message;
    this.version = row.version;
    return true;
  }

  async #read(fields?: readonly DescField[]): Promise<DbRow | undefined> {
    const { definition, db, key, host } = this;
    try {
      return await db.read(definition.table, key, host, fields);
    } catch (error) {
      if (hasReason(error, "FENCED")) this.#fence(error);
      throw error;
    }
  }

  async #insert(init: object): Promise<void> {
    await this.#write(createOf(encodeNew(this.definition, this.key, init)));
  }

  /** Finds out what became of a write whose answer was lost. */
  async #settle(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#inDoubt !== undefined) await this.#send(this.#inDoubt);
  }

  async #write(write: RowWrite): Promise<void> {
    try {
      await this.#send(write);
    } catch (error) {
      if (!hasReason(error, "UNKNOWN_OUTCOME") || this.#inDoubt === undefined) throw error;
      try {
        await this.#settle();
      } catch (again) {
        // As long as nobody knows, that is what must be said.
        throw this.#inDoubt === undefined ? again : error;
      }
    }
  }

  async #send(write: RowWrite): Promise<void> {
    const { definition, db, host, key } = this;
    await db.ready(definition.table);
    if (!host.owns()) throw notOwner();
    const scope = host.scope();
    const group = { writes: [toDbWrite(definition, key, write)], ...(scope && { scope }) };
    const [results] = await db.write([group], host.deadline(), host.spanContext?.());
    const result = results?.[0];
    if (result === undefined) throw new TypeError("the store answered a write with no result");
    await this.#take(write, result);
  }

  async #take(write: RowWrite, result: DbWriteResult): Promise<void> {
    switch (result.status) {
      case "written":
        return this.#confirm(write, result.version);
      case "failed":
        if (result.error.reason === "UNKNOWN_OUTCOME") this.#inDoubt = write;
        throw result.error;
      case "refused":
        return this.#refused(write, result.reason);
    }
  }

  #confirm(write: RowWrite, version: bigint): void {
    this.#inDoubt = undefined;
    if (write.kind === "delete") {
      this.#message = undefined;
      this.#confirmed = undefined;
      this.#scheduled = undefined;
      this.version = 0n;
      return;
    }
    // Decoded, not what the caller gave: what was given may be given to others too.
    this.#message ??= this.definition.decode(write.after);
    if (this.#confirmed !== undefined) this.db.encodings.giveBack(this.#confirmed);
    this.#confirmed = write.after;
    this.version = version;
    if (this.#scheduled === write.after) this.#scheduled = undefined;
  }

  async #refused(write: RowWrite, refusal: DbRefusal): Promise<void> {
    if (refusal === "fenced") {
      throw this.#fence(reasonError("FENCED", `${this.name} was not saved: the store knows a newer owner`));
    }
    if (this.#inDoubt !== write) throw refusal === "exists" ? this.#exists() : this.#conflict();
    const row = await this.#read();
    const isOnlyWriter = !this.definition.shared && this.host.scope() !== undefined;
    const outcome = readOutcome(this.definition, write, row, isOnlyWriter);
    if (outcome === "written") return this.#confirm(write, row?.version ?? 0n);
    this.#inDoubt = undefined;
    if (write.kind === "create") throw this.#exists();
    throw outcome === "conflict" ? this.#conflict() : this.#unknown();
  }

  #fence(error: M3Error): M3Error {
    this.#failure = error;
    this.#scheduled = undefined;
    this.#inDoubt = undefined;
    this.host.onFenced(error);
    return error;
  }

  #conflict(): M3Error {
    this.#failure = reasonError(
      "CONFLICT",
      `${this.name} was not saved: somebody else wrote or removed it; reload() it and do the change again`,
    );
    return this.#failure;
  }

  #unknown(): M3Error {
    this.#failure = reasonError(
      "UNKNOWN_OUTCOME",
      `nobody can tell whether ${this.name} was saved: the answer got lost, and others write it too; reload() it and look`,
    );
    return this.#failure;
  }

  #exists(): M3Error {
    return reasonError("ENTITY_EXISTS", `${this.name} is there already: load() it`);
  }
}

function hasReason(error: unknown, reason: string): error is M3Error {
  return isM3Error(error) && error.reason === reason;
}
