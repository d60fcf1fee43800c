import type { Timer } from "../meta/clock.ts";
import { M3Error, reasonError } from "../meta/error.ts";
import type { DbGroup } from "../plugin/db.ts";
import type { Logger } from "../plugin/log.ts";
import type { Entity } from "./entity.ts";
import { type EntityDb, notOwner } from "./entity-db.ts";
import { type GroupOutcome, groupOwner, SaveGroup } from "./save-group.ts";
import { SaveRoom } from "./save-room.ts";

/** One call writes while the next is put together. */
const maxCalls = 2;
const firstRetryMs = 100;
const lastRetryMs = 5000;

export interface SaveQueueOptions {
  readonly db: EntityDb;
  readonly log: Logger;
  /** How long changes are gathered before they leave, in milliseconds. @default 100 */
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

/** Somebody waits for all groups that there were. */
interface Flush {
  readonly left: Set<SaveGroup>;
  readonly done: PromiseWithResolvers<void>;
}

/** A group on its way. */
interface Leaving {
  readonly group: SaveGroup;
  readonly writes: DbGroup;
}

/**
 * Saves behind the back of the game: the changed entities of a whole app leave together, once in an interval, and are
 * written again and again until the store has them. Entities of one actor are all or nothing where the store can do
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
  /** By their owners, in the order in which they leave. */
  readonly #waiting = new Map<object, SaveGroup>();
  readonly #sending = new Map<object, SaveGroup>();
  /** Those of `#waiting` that somebody waits for: they leave first, and at once. */
  readonly #urgent = new Set<SaveGroup>();
  readonly #flushes = new Set<Flush>();
  /** How many of `#waiting`, beside the urgent ones, still leave in this interval. */
  #quota = 0;
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
    for (const group of [...this.#waiting.values(), ...this.#sending.values()]) {
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
  async schedule(...entities: readonly Entity[]): Promise<void> {
    await this.#accept(entities);
    this.#arm();
  }

  /**
   * Schedules the entities and resolves once the store has confirmed them; they leave as soon as they can. Rejects with
   * why they were given up, but as long as the store just can't be reached it waits.
   */
  async save(...entities: readonly Entity[]): Promise<void> {
    const error = await this.#settle(await this.#accept(entities));
    if (error !== undefined) throw error;
  }

  /** Resolves when all that is scheduled now is written or given up. It leaves without waiting for the interval. */
  async flush(): Promise<void> {
    const flush = {
      left: new Set([...this.#waiting.values(), ...this.#sending.values()]),
      done: Promise.withResolvers<void>(),
    };
    if (flush.left.size === 0) return;
    this.#flushes.add(flush);
    this.#quota = this.#waiting.size;
    this.#pumpSoon();
    await flush.done.promise;
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
    for (const group of [...this.#waiting.values(), ...this.#sending.values()]) this.#end(group, closed());
    this.#waiting.clear();
  }

  async #accept(entities: readonly Entity[]): Promise<readonly SaveGroup[]> {
    while (!this.#isClosed && this.#room.isFull) await this.#room.wait();
    if (this.#isClosed) throw closed();
    const snapshots = entities.map(({ row }) => {
      if (!row.host.owns()) throw notOwner();
      return { row, snapshot: row.snapshot() };
    });
    const groups = new Set<SaveGroup>();
    const now = this.#db.clock.now();
    for (const { row, snapshot } of snapshots) {
      const owner = groupOwner(row);
      const known = this.#waiting.get(owner) ?? this.#sending.get(owner);
      // One that is clean again has to be looked at all the same where it already waits.
      if (!row.schedule(snapshot) && known === undefined) continue;
      const group = known ?? new SaveGroup(row, now, this.#room);
      if (known === undefined) this.#waiting.set(owner, group);
      group.add(row);
      groups.add(group);
    }
    return [...groups];
  }

  async #settle(groups: readonly SaveGroup[]): Promise<M3Error | undefined> {
    const settled = groups.map((group) => group.settled);
    for (const group of groups) if (this.#waiting.get(group.owner) === group) this.#urgent.add(group);
    this.#pumpSoon();
    return (await Promise.all(settled)).find((error) => error !== undefined);
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
    if (this.#isClosed) return;
    if (!this.#isPaused && this.#calls < maxCalls) {
      const batch = this.#takeBatch();
      if (batch.length > 0) {
        void this.#send(batch);
        this.#pumpSoon();
      }
    }
    this.#arm();
  }

  #arm(): void {
    // What is left of this interval goes as soon as a call has ended.
    if (this.#timer !== undefined || this.#quota > 0 || this.#waiting.size === 0 || this.#isClosed) return;
    this.#timer = this.#db.clock.after(this.#intervalMs, this.#tick);
  }

  readonly #tick = (): void => {
    this.#timer = undefined;
    this.#isPaused = false;
    this.#quota = this.#waiting.size;
    this.#pump();
  };

  #takeBatch(): readonly Leaving[] {
    const batch: Leaving[] = [];
    let size = 0;
    const take = (group: SaveGroup) => {
      this.#waiting.delete(group.owner);
      const writes = this.#begin(group);
      if (writes === undefined) return;
      this.#sending.set(group.owner, group);
      batch.push({ group, writes });
      size += writes.writes.length;
    };
    for (const group of this.#urgent) {
      if (size >= this.#batchSize) return batch;
      this.#urgent.delete(group);
      take(group);
    }
    for (const group of this.#waiting.values()) {
      if (size >= this.#batchSize || this.#quota <= 0) return batch;
      this.#quota--;
      take(group);
    }
    this.#quota = 0;
    return batch;
  }

  /** What has to be written of a group, undefined when it does not leave now. */
  #begin(group: SaveGroup): DbGroup | undefined {
    if (!group.host.owns()) {
      this.#giveUp(group, notOwner());
      return undefined;
    }
    const { busy } = group;
    if (busy !== undefined) {
      this.#sending.set(group.owner, group);
      void busy.then(() => this.#putBack(group, true));
      return undefined;
    }
    try {
      const writes = group.begin(this.#db.clock.now());
      if (writes === undefined) this.#end(group, undefined);
      return writes;
    } catch (error) {
      this.#giveUp(group, M3Error.from(error));
      return undefined;
    }
  }

  async #send(batch: readonly Leaving[]): Promise<void> {
    this.#calls++;
    const deadline = Math.min(...batch.map(({ group }) => group.host.deadline()));
    const results = await this.#db.write(
      batch.map(({ writes }) => writes),
      deadline,
    );
    const late: Promise<void>[] = [];
    for (const [index, { group }] of batch.entries()) {
      const outcome = group.end(results[index] ?? []);
      if (outcome instanceof Promise) late.push(outcome.then((settled) => this.#take(group, settled)));
      else this.#take(group, outcome);
    }
    await Promise.all(late);
    this.#calls--;
    if (this.#calls === 0) this.#idle?.resolve();
    this.#pumpSoon();
  }

  #take(group: SaveGroup, outcome: GroupOutcome): void {
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
    this.#sending.delete(group.owner);
    this.#waiting.set(group.owner, group);
    if (isUrgent || group.isAwaited || this.#flushes.size > 0) {
      this.#urgent.add(group);
      this.#pumpSoon();
    }
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
    this.#sending.delete(group.owner);
    group.settle(error);
    for (const flush of this.#flushes) {
      flush.left.delete(group);
      if (flush.left.size > 0) continue;
      this.#flushes.delete(flush);
      flush.done.resolve();
    }
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
