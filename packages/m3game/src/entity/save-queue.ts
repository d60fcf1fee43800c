import type { Timer } from "../meta/clock.ts";
import { M3Error, reasonError } from "../meta/error.ts";
import type { DbGroup } from "../plugin/db.ts";
import type { Logger } from "../plugin/log.ts";
import type { Entity } from "./entity.ts";
import { type EntityDb, notOwner } from "./entity-db.ts";
import type { EntityRow } from "./entity-row.ts";
import { type GroupOutcome, groupOf, SaveGroup } from "./save-group.ts";
import { SaveLine } from "./save-line.ts";
import { SaveRoom } from "./save-room.ts";
import { SaveRound } from "./save-round.ts";

/** One call writes while the next is put together. */
const maxCalls = 2;
const firstRetryMs = 100;
const lastRetryMs = 5000;
const scheduled = Promise.resolve();

export interface SaveQueueOptions {
  readonly db: EntityDb;
  readonly log: Logger;
  /** How long a change waits for others before it leaves, in milliseconds. @default 100 */
  readonly intervalMs?: number;
  /** How many bytes may wait, encoded. @default 67108864 (64 MiB) */
  readonly maxBytes?: number;
  /** How many entities leave in one call to the store, more only where one actor has more. @default 500 */
  readonly batchSize?: number;
}

/** What is not saved yet. */
export interface SaveBacklog {
  readonly entities: number;
  readonly bytes: number;
  /** The age of the oldest change, in milliseconds. */
  readonly oldestMs: number;
}

/** A group on its way. */
interface Leaving {
  readonly group: SaveGroup;
  readonly writes: DbGroup;
}

/**
 * Saves behind the back of the game: the changed entities of a whole app leave together, each an interval after its first
 * change, and are written again and again until the store has them. Entities of one actor are all or nothing where the store can do
 * that, and no actor's failure keeps another's from being saved.
 *
 * What is given up is never dropped in silence: its host is told and the log names it. The changes are then still in the
 * entity, dirty.
 */
export class SaveQueue implements AsyncDisposable {
  readonly #db: EntityDb;
  readonly #log: Logger;
  readonly #intervalMs: number;
  readonly #batchSize: number;
  // Each group stands in one of these lines: a table of all groups would be made anew again and again.
  readonly #waiting = new SaveLine<SaveGroup>();
  /** Those that somebody waits for: they leave first, and at once. */
  readonly #urgent = new SaveLine<SaveGroup>();
  /** Those that are on their way, or wait for a call to the store that their entities make themselves. */
  readonly #away = new SaveLine<SaveGroup>();
  #round = new SaveRound();
  /** Those that somebody waits for. */
  readonly #flushing = new Set<SaveRound>();
  /** What has waited since then leaves whatever its age. */
  #flushedAt = Number.NEGATIVE_INFINITY;
  readonly #room: SaveRoom;
  #calls = 0;
  #failures = 0;
  #isPaused = false;
  #isPumping = false;
  #isClosed = false;
  #timer: Timer | undefined;
  #idle: PromiseWithResolvers<void> | undefined;

  constructor({ db, log, intervalMs = 100, maxBytes = 64 * 1024 * 1024, batchSize = 500 }: SaveQueueOptions) {
    this.#db = db;
    this.#log = log;
    this.#intervalMs = intervalMs;
    this.#room = new SaveRoom(db.clock, maxBytes, db.timeoutMs);
    this.#batchSize = batchSize;
  }

  /** What is not saved yet, for metrics. */
  get backlog(): SaveBacklog {
    const now = this.#db.clock.now();
    let entities = 0;
    let since = now;
    for (const group of this.#allGroups()) {
      entities += group.size;
      since = Math.min(since, group.since);
    }
    return { entities, bytes: this.#room.bytes, oldestMs: now - since };
  }

  /**
   * Remembers the entities as they are now, to be written; those that have not changed are left alone. Resolves when it
   * has: at once, or, when too much waits already, as soon as there is room; rejects with OVERLOADED when there is none
   * within the store's `timeoutMs`. Rejects with NOT_LOADED, ENTITY_INVALID, CONFLICT or FENCED for what can't be saved,
   * and then nothing of it is remembered.
   */
  schedule(...entities: readonly Entity[]): Promise<void> {
    if (this.#room.isFull && !this.#isClosed) return this.#scheduleLater(entities);
    try {
      this.#scheduleNow(entities);
      return scheduled;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Schedules the entities and resolves once the store has confirmed them; they leave as soon as they can. Rejects with
   * why they were given up, but as long as the store just can't be reached it waits.
   */
  async save(...entities: readonly Entity[]): Promise<void> {
    while (this.#room.isFull && !this.#isClosed) await this.#room.wait();
    this.#accept(entities);
    const groups = new Set(entities.map(({ row }) => groupOf(row)));
    const ends: Promise<M3Error | undefined>[] = [];
    for (const group of groups) {
      if (group === undefined) continue;
      ends.push(group.settled);
      if (group.line !== this.#away) this.#stand(group, this.#urgent);
    }
    this.#pumpSoon();
    const error = (await Promise.all(ends)).find((end) => end !== undefined);
    if (error !== undefined) throw error;
  }

  /** Resolves when all that is scheduled now is written or given up. It leaves without waiting for the interval. */
  async flush(): Promise<void> {
    if (!this.#round.isEmpty) {
      this.#flushing.add(this.#round);
      this.#round.close();
      this.#round = new SaveRound();
    }
    if (this.#flushing.size === 0) return;
    this.#flushedAt = this.#db.clock.now();
    this.#pumpSoon();
    await Promise.all([...this.#flushing].map(({ done }) => done));
  }

  /** Takes nothing more and waits for the calls under way. What is not written by then is named in the log: `flush` first. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#room.close(closed());
    if (this.#calls > 0) {
      this.#idle ??= Promise.withResolvers();
      await this.#idle.promise;
    }
    const { entities } = this.backlog;
    if (entities === 0) return;
    this.#log.error("changed entities were not saved", { entities });
    for (const group of [...this.#allGroups()]) this.#end(group, closed());
  }

  async #scheduleLater(entities: readonly Entity[]): Promise<void> {
    while (this.#room.isFull && !this.#isClosed) await this.#room.wait();
    this.#scheduleNow(entities);
  }

  #scheduleNow(entities: readonly Entity[]): void {
    this.#accept(entities);
    if (this.#timer === undefined) this.#wake();
  }

  #accept(entities: readonly Entity[]): void {
    if (this.#isClosed) throw closed();
    const snapshots = entities.map(({ row }) => {
      if (!row.host.owns()) throw notOwner();
      return row.snapshot();
    });
    const now = this.#db.clock.now();
    for (let index = 0; index < entities.length; index++) {
      const row = entities[index]?.row;
      if (row === undefined) continue;
      const snapshot = snapshots[index];
      const known = groupOf(row);
      // One that is clean again has to be looked at all the same where it already waits.
      if (snapshot === undefined || (!row.schedule(snapshot) && known === undefined)) continue;
      const group = known ?? this.#begin(row, now);
      group.add(row);
    }
  }

  #begin(row: EntityRow, now: number): SaveGroup {
    const group = new SaveGroup(row, now, this.#room, this.#round);
    this.#round.begin();
    this.#waiting.add(group);
    return group;
  }

  *#allGroups(): IterableIterator<SaveGroup> {
    for (const line of [this.#urgent, this.#waiting, this.#away]) {
      for (let group = line.first; group !== undefined; group = group.after) yield group;
    }
  }

  /** What comes up at the same time leaves together, and between two batches the main thread is free for others. */
  #pumpSoon(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    setImmediate(() => {
      this.#isPumping = false;
      this.#pump();
    });
  }

  #pump(): void {
    if (this.#isClosed || this.#isPaused) return;
    if (this.#calls < maxCalls) {
      const now = this.#db.clock.now();
      const batch = this.#takeBatch(now);
      if (batch.length > 0) void this.#send(batch, now);
    }
    this.#wake();
  }

  /** Comes back to what waits: soon, when its time has come, or when a call has ended. */
  #wake(): void {
    if (this.#calls >= maxCalls || this.#isPaused || this.#isClosed) return;
    if (this.#urgent.first !== undefined) return this.#pumpSoon();
    const { first } = this.#waiting;
    if (first === undefined) return;
    const waitMs = this.#waitMs(first, this.#db.clock.now());
    if (waitMs <= 0) this.#pumpSoon();
    else this.#timer ??= this.#db.clock.after(waitMs, this.#tick);
  }

  readonly #tick = (): void => {
    this.#timer = undefined;
    this.#isPaused = false;
    this.#pump();
  };

  /** How long a group still waits for others. */
  #waitMs({ since }: SaveGroup, now: number): number {
    return since <= this.#flushedAt ? 0 : since + this.#intervalMs - now;
  }

  #takeBatch(now: number): readonly Leaving[] {
    const batch: Leaving[] = [];
    for (let size = 0; size < this.#batchSize; ) {
      let group = this.#urgent.first;
      if (group === undefined) {
        group = this.#waiting.first;
        if (group === undefined || this.#waitMs(group, now) > 0) break;
      }
      this.#stand(group, this.#away);
      const writes = this.#leave(group);
      if (writes === undefined) continue;
      batch.push({ group, writes });
      size += writes.writes.length;
    }
    return batch;
  }

  /** What has to be written of a group, undefined when it does not leave now. */
  #leave(group: SaveGroup): DbGroup | undefined {
    if (!group.host.owns()) {
      this.#giveUp(group, notOwner());
      return undefined;
    }
    const { busy } = group;
    if (busy !== undefined) {
      void busy.then(() => this.#putBack(group, true));
      return undefined;
    }
    try {
      const writes = group.begin();
      if (writes === undefined) this.#end(group, undefined);
      return writes;
    } catch (error) {
      this.#giveUp(group, M3Error.from(error));
      return undefined;
    }
  }

  async #send(batch: readonly Leaving[], sentAt: number): Promise<void> {
    this.#calls++;
    let deadline = Number.POSITIVE_INFINITY;
    for (const { group } of batch) deadline = Math.min(deadline, group.host.deadline());
    const results = await this.#db.write(
      batch.map(({ writes }) => writes),
      deadline,
    );
    const late: Promise<void>[] = [];
    for (let index = 0; index < batch.length; index++) {
      const group = batch[index]?.group;
      if (group === undefined) continue;
      const outcome = group.end(results[index] ?? [], sentAt);
      if (outcome instanceof Promise) late.push(outcome.then((settled) => this.#settle(group, settled)));
      else this.#settle(group, outcome);
    }
    await Promise.all(late);
    this.#calls--;
    if (this.#calls === 0) this.#idle?.resolve();
    this.#pumpSoon();
  }

  #settle(group: SaveGroup, outcome: GroupOutcome): void {
    switch (outcome.status) {
      case "written":
        this.#failures = 0;
        if (outcome.isLast) this.#end(group, undefined);
        else this.#putBack(group, false);
        break;
      case "failed":
        this.#putBack(group, false);
        this.#pause(outcome.error);
        break;
      case "refused":
        this.#giveUp(group, outcome.error);
    }
  }

  #putBack(group: SaveGroup, isUrgent: boolean): void {
    // It has ended when the queue was closed meanwhile.
    if (group.line === undefined) return;
    this.#stand(group, isUrgent || group.isAwaited || this.#flushing.size > 0 ? this.#urgent : this.#waiting);
    this.#wake();
  }

  #stand(group: SaveGroup, line: SaveLine<SaveGroup>): void {
    group.line?.remove(group);
    line.add(group);
  }

  #giveUp(group: SaveGroup, error: M3Error): void {
    this.#log.warn("changed entities were given up", { entities: group.size, error });
    this.#end(group, error);
    // The host knows of these already.
    if (error.reason === "FENCED" || error.reason === "NOT_OWNER") return;
    try {
      group.host.onSaveFailed?.(error);
    } catch (thrown) {
      this.#log.error("onSaveFailed threw", { error: thrown });
    }
  }

  #end(group: SaveGroup, error: M3Error | undefined): void {
    group.line?.remove(group);
    group.settle(error);
    group.round.end();
    if (group.round.isEmpty) this.#flushing.delete(group.round);
  }

  /** The store is in trouble: all wait, each time longer. */
  #pause(error: M3Error): void {
    if (this.#isPaused || this.#isClosed) return;
    this.#isPaused = true;
    this.#failures++;
    const delay = Math.min(lastRetryMs, firstRetryMs * 2 ** (this.#failures - 1)) * (0.5 + Math.random() / 2);
    this.#timer?.cancel();
    this.#timer = this.#db.clock.after(delay, this.#tick);
    const { entities } = this.backlog;
    this.#log.warn("the store did not take changed entities: trying again", { error, entities, delayMs: delay });
  }
}

function closed(): M3Error {
  return reasonError("DRAINING", "the app is stopping and saves nothing more");
}
