import { Code } from "../meta/code.ts";
import { M3Error } from "../meta/error.ts";
import type { DbGroup, DbWrite, DbWriteResult } from "../plugin/db.ts";
import { type EntityHost, noHost } from "./entity-host.ts";
import type { EntityRow } from "./entity-row.ts";
import type { LineMember, SaveLine } from "./save-line.ts";
import type { SaveRoom } from "./save-room.ts";
import type { SaveRound } from "./save-round.ts";

/** What the store may be able to do later. */
const passingCodes: ReadonlySet<Code> = new Set([
  Code.UNAVAILABLE,
  Code.RESOURCE_EXHAUSTED,
  Code.DEADLINE_EXCEEDED,
  Code.CANCELLED,
  Code.UNKNOWN,
]);

export type GroupOutcome =
  /** `isLast`: nothing of the group waits any more. */
  | { readonly status: "written"; readonly isLast: boolean }
  /** The store could not; it may later. */
  | { readonly status: "failed"; readonly error: M3Error }
  /** It never will be written as it is. */
  | { readonly status: "refused"; readonly error: M3Error };

// What most groups need in common: the garbage collector has enough to do with what each of them has to itself.
const noRows: readonly EntityRow[] = [];
const noFailures: readonly WriteFailure[] = [];
const allWritten: GroupOutcome = { status: "written", isLast: true };
const partWritten: GroupOutcome = { status: "written", isLast: false };

/** Who remembers the group that a row is saved in: the actor, for all of its entities. */
function groupOwner(row: EntityRow): { savingState?: unknown } {
  return row.host === noHost ? row : row.host;
}

/** The group that a row is to be saved in, undefined while there is none. */
export function groupOf(row: EntityRow): SaveGroup | undefined {
  const { savingState } = groupOwner(row);
  return savingState instanceof SaveGroup ? savingState : undefined;
}

/** The changed entities of one actor, which are saved together, or one entity outside of actors. */
export class SaveGroup implements LineMember<SaveGroup> {
  readonly host: EntityHost;
  /** When the oldest change that is not written yet was scheduled, on the app's clock. */
  since: number;
  readonly round: SaveRound;
  /** Where it stands, undefined once it has ended; and its neighbours there. */
  line: SaveLine<SaveGroup> | undefined;
  before: SaveGroup | undefined;
  after: SaveGroup | undefined;
  readonly #owner: { savingState?: unknown };
  readonly #room: SaveRoom;
  #rows = noRows;
  #sent = noRows;
  #settled: PromiseWithResolvers<M3Error | undefined> | undefined;

  constructor(row: EntityRow, now: number, room: SaveRoom, round: SaveRound) {
    this.#owner = groupOwner(row);
    this.#owner.savingState = this;
    this.host = row.host;
    this.since = now;
    this.round = round;
    this.#room = room;
  }

  get size(): number {
    return this.#rows.length;
  }

  /** True when somebody waits until it is saved. */
  get isAwaited(): boolean {
    return this.#settled !== undefined;
  }

  /** Resolves when all of it is written or given up, then with why. To be asked for before it has ended. */
  get settled(): Promise<M3Error | undefined> {
    this.#settled ??= Promise.withResolvers();
    return this.#settled.promise;
  }

  /** Resolves when a call to the store that is under way has ended; undefined when none is. */
  get busy(): Promise<void> | undefined {
    for (const row of this.#rows) if (row.busy !== undefined) return row.busy;
    return undefined;
  }

  add(row: EntityRow): void {
    // An array that was pushed to has room for sixteen more.
    if (row.queuedBytes === undefined) this.#rows = this.#rows.length === 0 ? [row] : this.#rows.concat(row);
    this.#room.count(row.scheduledBytes - (row.queuedBytes ?? 0));
    row.queuedBytes = row.scheduledBytes;
  }

  /** What has to be written, undefined for nothing. Throws when that can't be written as it is. */
  begin(): DbGroup | undefined {
    const rows = this.#rows;
    const begun = beginWrites(rows);
    const isWhole = begun.every((write) => write !== undefined);
    const writes = isWhole ? begun : begun.filter((write) => write !== undefined);
    if (writes.length === 0) return undefined;
    this.#sent = isWhole ? rows : rows.filter((_, index) => begun[index] !== undefined);
    const scope = this.host.scope();
    return scope === undefined ? { writes } : { scope, writes };
  }

  /** Takes the results of those writes, which left at that time. At once, unless the store has to be asked again. */
  end(results: readonly DbWriteResult[], sentAt: number): GroupOutcome | Promise<GroupOutcome> {
    let others: Promise<WriteFailure | undefined>[] | undefined;
    for (let index = 0; index < this.#sent.length; index++) {
      const row = this.#sent[index];
      const result = results[index];
      if (row === undefined) continue;
      if (result?.status === "written") row.written(result.version);
      else {
        others ??= [];
        others.push(endWrite(row, result));
      }
    }
    if (others === undefined) return this.#outcome(noFailures, sentAt);
    return Promise.all(others).then((ends) =>
      this.#outcome(
        ends.filter((end) => end !== undefined),
        sentAt,
      ),
    );
  }

  /** Ends it: with why, when it was given up. */
  settle(error: M3Error | undefined): void {
    this.#owner.savingState = undefined;
    for (const row of this.#rows) {
      row.unschedule();
      this.#uncount(row);
    }
    this.#rows = noRows;
    this.#settled?.resolve(error);
  }

  #outcome(failures: readonly WriteFailure[], sentAt: number): GroupOutcome {
    let left = noRows;
    for (const row of this.#rows) {
      if (row.isWaiting) left = left.concat(row);
      else this.#uncount(row);
    }
    this.#rows = left;
    const refused = failures.find(({ isFinal }) => isFinal);
    if (refused !== undefined) return { status: "refused", error: refused.error };
    const [failed] = failures;
    if (failed !== undefined) return { status: "failed", error: failed.error };
    if (left.length === 0) return allWritten;
    // What is left was scheduled after the writes had left.
    this.since = sentAt;
    return partWritten;
  }

  #uncount(row: EntityRow): void {
    this.#room.count(-(row.queuedBytes ?? 0));
    row.queuedBytes = undefined;
  }
}

function beginWrites(rows: readonly EntityRow[]): readonly (DbWrite | undefined)[] {
  try {
    return rows.map((row) => row.beginWrite());
  } catch (error) {
    for (const row of rows) row.leaveWrite();
    throw error;
  }
}

interface WriteFailure {
  readonly error: M3Error;
  readonly isFinal: boolean;
}

async function endWrite(row: EntityRow, result: DbWriteResult | undefined): Promise<WriteFailure | undefined> {
  // Another write of the group is at fault; this one goes again with the rest of the group.
  if (result === undefined || (result.status === "refused" && result.reason === "group")) {
    row.leaveWrite();
    return undefined;
  }
  try {
    await row.endWrite(result);
    return undefined;
  } catch (thrown) {
    const error = M3Error.from(thrown);
    return { error, isFinal: row.failure !== undefined || !passingCodes.has(error.code) };
  }
}
