import { isMessage } from "@bufbuild/protobuf";
import { GatePushesDBSchema } from "../../gen/m3/gate_pushes_pb.js";
import { EntityDb } from "../entity/entity-db.ts";
import { hostOf } from "../entity/entity-host.ts";
import type { Clock, Timer } from "../meta/clock.ts";
import { isM3Error, M3Error, reasonError } from "../meta/error.ts";
import type { Claim } from "../ownership/claim.ts";
import type { Db, DbGroup, DbWrite, DbWriteResult } from "../plugin/db.ts";
import type { Logger } from "../plugin/log.ts";
import type { SaveObserver } from "../telemetry/save-observer.ts";
import type { Numbered } from "./push-queue.ts";
import { PushRow, type PushRowOwner, type PushSource, pushTable } from "./push-row.ts";

/** How long a push waits for others before it leaves for the store. */
const batchMs = 10;
/** The same for what clients have acknowledged. */
const acknowledgedMs = 1000;
const retryMs = 1000;
/** Few enough for a slow store to take them in the time that one call has. */
const batchRows = 100;
const batchBytes = 4 * 1024 * 1024;

export interface PushStoreOptions {
  readonly db: Db;
  readonly clock: Clock;
  readonly log: Logger;
  readonly observer: SaveObserver | undefined;
}

/** What a gate that died has left of a session. */
export interface StoredPushes {
  readonly version: bigint;
  readonly lastPush: number;
  readonly pushes: readonly Numbered[];
}

/**
 * Keeps the unacknowledged pushes of all sessions of one gate in a store, for the gate at which their clients go on when this
 * one dies. What comes within one interval is one write, one call at a time. While the store fails the sessions go on without.
 */
export class PushStore implements PushRowOwner, AsyncDisposable {
  readonly #db: EntityDb;
  readonly #clock: Clock;
  readonly #log: Logger;
  /** To be written, each once, as it is by then. */
  readonly #due = new Set<PushRow>();
  readonly #acknowledged = new Set<PushRow>();
  readonly #sending = new Set<PushRow>();
  #batch: Promise<void> | undefined;
  #timer: Timer | undefined;
  #acknowledgedTimer: Timer | undefined;
  #isFailing = false;
  #isClosed = false;

  private constructor({ db, clock, log, observer }: PushStoreOptions) {
    this.#db = new EntityDb({ db, clock, observer });
    this.#clock = clock;
    this.#log = log;
  }

  /** Rejects when the store can't have the table. */
  static async start(options: PushStoreOptions): Promise<PushStore> {
    const store = new PushStore(options);
    await store.#db.ready(pushTable);
    return store;
  }

  /** The row of a session. `version`: that of its pushes that were read. */
  row(source: PushSource, version?: bigint): PushRow {
    return new PushRow(this, source, version);
  }

  /** What is stored of a session that goes on here; undefined when that is nothing, or can't be read. */
  async read(playerId: string, sessionId: string, claim: Claim): Promise<StoredPushes | undefined> {
    const host = hostOf(claim);
    try {
      const row = await this.#db.read(pushTable, playerId, host);
      if (row === undefined || !isMessage(row.message, GatePushesDBSchema)) return undefined;
      const { pushes } = row.message;
      return pushes?.sessionId === sessionId ? { ...pushes, version: row.version } : undefined;
    } catch (error) {
      if (isM3Error(error) && error.reason === "FENCED") host.onFenced(error);
      this.#log.warn("the pushes of a session that goes on here could not be read", { player: playerId, error });
      return undefined;
    }
  }

  onChange(row: PushRow): void {
    this.#due.add(row);
    this.#wake();
  }

  onAcknowledged(row: PushRow): void {
    if (this.#due.has(row) || this.#isClosed) return;
    this.#acknowledged.add(row);
    this.#acknowledgedTimer ??= this.#clock.after(acknowledgedMs, this.#writeAcknowledged);
  }

  onLeft(row: PushRow): void {
    this.#due.delete(row);
    this.#acknowledged.delete(row);
    row.waiting?.resolve();
    row.waiting = undefined;
  }

  saved(row: PushRow): Promise<void> | undefined {
    if (this.#isFailing) return undefined;
    if (this.#due.has(row)) {
      row.waiting ??= Promise.withResolvers();
      return row.waiting.promise;
    }
    if (!this.#sending.has(row)) return undefined;
    row.sending ??= Promise.withResolvers();
    return row.sending.promise;
  }

  /** Writes what is due now. Resolves when that is done, or the store fails. */
  async flush(): Promise<void> {
    await this.#batch;
    while (this.#due.size > 0) {
      this.#leave();
      await this.#batch;
      if (this.#isFailing) return;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.flush();
    this.#isClosed = true;
    this.#timer?.cancel();
    this.#acknowledgedTimer?.cancel();
    for (const row of [...this.#due]) this.onLeft(row);
  }

  readonly #leave = (): void => {
    this.#timer?.cancel();
    this.#timer = undefined;
    const rows = this.#takeDue();
    this.#batch = this.#write(rows).then(() => {
      this.#batch = undefined;
      for (const row of rows) {
        this.#sending.delete(row);
        row.sending?.resolve();
        row.sending = undefined;
      }
      this.#wake();
    });
  };

  readonly #writeAcknowledged = (): void => {
    this.#acknowledgedTimer = undefined;
    for (const row of this.#acknowledged) this.#due.add(row);
    this.#acknowledged.clear();
    this.#wake();
  };

  #wake(): void {
    if (this.#due.size === 0 || this.#batch !== undefined || this.#isClosed) return;
    this.#timer ??= this.#clock.after(this.#isFailing ? retryMs : batchMs, this.#leave);
  }

  #takeDue(): readonly PushRow[] {
    const rows: PushRow[] = [];
    const ids = new Set<string>();
    let bytes = 0;
    for (const row of this.#due) {
      if (rows.length >= batchRows || bytes >= batchBytes) break;
      const { id, pushes } = row.source;
      // That of the player's session before is to be removed first.
      if (ids.has(id)) continue;
      ids.add(id);
      rows.push(row);
      bytes += pushes.bytes;
      this.#due.delete(row);
      this.#acknowledged.delete(row);
      this.#sending.add(row);
      row.sending = row.waiting;
      row.waiting = undefined;
    }
    return rows;
  }

  /** Never rejects. */
  async #write(rows: readonly PushRow[]): Promise<void> {
    const unsure = rows.filter(({ isUnsure, state }) => isUnsure && state === "kept");
    const failures = unsure.length === 0 ? [] : await Promise.all(unsure.map((row) => this.#lookUp(row)));
    const sent: { readonly row: PushRow; readonly write: DbWrite }[] = [];
    const groups: DbGroup[] = [];
    let deadline = Number.POSITIVE_INFINITY;
    for (const row of rows) {
      const write = row.write();
      if (write === undefined) continue;
      sent.push({ row, write });
      groups.push({ scope: row.scope, writes: [write] });
      if (row.state === "kept") deadline = Math.min(deadline, row.host.deadline());
    }
    const results = groups.length === 0 ? [] : await this.#db.write(groups, deadline);
    for (const [index, { row, write }] of sent.entries()) {
      const [result] = results[index] ?? [];
      if (result !== undefined) failures.push(this.#accept(row, write.kind, result));
    }
    const failure = failures.find((each) => each !== undefined);
    if (failure !== undefined) this.#failed(failure);
    else if (this.#isFailing && sent.length > 0) this.#recovered();
  }

  /** Asks for the version. Resolves with why the store could not say. */
  async #lookUp(row: PushRow): Promise<M3Error | undefined> {
    try {
      row.version = (await this.#db.read(pushTable, row.source.id, row.host, []))?.version;
      row.isUnsure = false;
      return undefined;
    } catch (thrown) {
      const error = M3Error.from(thrown);
      if (error.reason === "FENCED") row.host.onFenced(error);
      // The session ends without its claim.
      if (!row.host.owns()) return undefined;
      this.#again(row);
      return error;
    }
  }

  /** Takes the result of a write. Returns why the store could not do it. */
  #accept(row: PushRow, kind: DbWrite["kind"], result: DbWriteResult): M3Error | undefined {
    switch (result.status) {
      case "written":
        row.version = result.version;
        return undefined;
      case "failed":
        // To delete the same version again is safe, to update it is not.
        row.isUnsure ||= result.error.reason === "UNKNOWN_OUTCOME" && kind !== "delete";
        this.#again(row);
        return result.error;
      case "refused":
        if (result.reason === "fenced") {
          if (row.state === "kept") row.host.onFenced(fenced(row));
        } else {
          row.isUnsure = true;
          this.#again(row);
        }
        return undefined;
    }
  }

  #again(row: PushRow): void {
    if (row.state !== "left") this.#due.add(row);
  }

  #failed(error: M3Error): void {
    if (this.#isFailing) return;
    this.#isFailing = true;
    this.#log.warn("pushes are not stored: those that clients do not have are lost if this gate dies now", { error });
    for (const row of this.#due) {
      row.waiting?.resolve();
      row.waiting = undefined;
    }
  }

  #recovered(): void {
    this.#isFailing = false;
    this.#log.info("pushes are stored again");
  }
}

function fenced({ source }: PushRow): M3Error {
  return reasonError("FENCED", `the pushes of player ${source.id} were not stored: the store knows a newer owner`);
}
