import type { DescField } from "@bufbuild/protobuf";
import type { Clock } from "../meta/clock.ts";
import { Code } from "../meta/code.ts";
import { isM3Error, M3Error, reasonError } from "../meta/error.ts";
import type { Db, DbGroup, DbKey, DbPage, DbQuery, DbRow, DbTable, DbWriteResult, QueryableDb } from "../plugin/db.ts";
import type { SpanContext } from "../plugin/trace.ts";
import type { SaveObserver } from "../telemetry/save-observer.ts";
import { EncodingPool } from "./encoding-pool.ts";
import type { EntityHost } from "./entity-host.ts";

export interface EntityDbOptions {
  readonly db: Db;
  readonly clock: Clock;
  /** How long one call to the store may take, in milliseconds. @default 5000 */
  readonly timeoutMs?: number;
  /** Looks at the writes. @default nobody does */
  readonly observer?: SaveObserver | undefined;
}

type Outcome = readonly (readonly DbWriteResult[])[];

/** A store as the entities of one app use it: makes tables ready before their first use, and ends calls in time. */
export class EntityDb {
  readonly db: Db;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly #observer: SaveObserver | undefined;
  readonly encodings = new EncodingPool();
  readonly #tables = new Map<DbTable, Promise<void> | "ready">();

  constructor({ db, clock, timeoutMs = 5000, observer }: EntityDbOptions) {
    this.db = db;
    this.clock = clock;
    this.timeoutMs = timeoutMs;
    this.#observer = observer;
  }

  /**
   * Reads a row, or only these fields and its key, as the host's owner. Rejects with NOT_OWNER before or after the call when the host does not own it, with
   * FENCED when there is a newer owner, with DEADLINE when the store takes too long.
   */
  async read(table: DbTable, key: DbKey, host: EntityHost, fields?: readonly DescField[]): Promise<DbRow | undefined> {
    await this.ready(table);
    const scope = host.scope();
    const limit = this.#limit(host);
    try {
      const row = await this.db.read(table, key, {
        signal: limit.signal,
        ...(scope && { scope }),
        ...(fields && { fields }),
      });
      if (!host.owns()) throw notOwner();
      return row;
    } catch (cause) {
      if (!host.owns()) throw notOwner();
      throw this.#readError(cause, limit.signal);
    } finally {
      limit.end();
    }
  }

  /**
   * Writes groups whose owners were just asked; `deadline` is the earliest of theirs, `parent` the trace of a call that
   * waits for it. Never rejects.
   */
  write(groups: readonly DbGroup[], deadline: number, parent?: SpanContext): Promise<Outcome> {
    const ended = this.#observer?.begin(groups, parent);
    const outcome = this.#write(groups, deadline);
    if (ended === undefined) return outcome;
    return outcome.then((results) => {
      ended(results);
      return results;
    });
  }

  async #write(groups: readonly DbGroup[], deadline: number): Promise<Outcome> {
    const limit = this.#until(deadline);
    try {
      const outcome = await this.db.write(groups, { signal: limit.signal });
      return limit.signal.aborted ? outcome.map((results) => results.map((result) => this.#inTime(result))) : outcome;
    } catch (error) {
      // The contract says that it never rejects: nobody knows what was done.
      const cause = isM3Error(error) ? `: ${error.message}` : "";
      const unknown = reasonError("UNKNOWN_OUTCOME", `the store failed while it wrote${cause}`, { cause: error });
      return groups.map(({ writes }) => writes.map(() => ({ status: "failed", error: unknown })));
    } finally {
      limit.end();
    }
  }

  /**
   * Searches rows. Rejects with UNIMPLEMENTED when the store can't search, with DEADLINE when it takes too long, and like
   * `read` when the host does not own them.
   */
  async readMany(table: DbTable, query: DbQuery, host: EntityHost): Promise<DbPage> {
    if (!isQueryable(this.db)) {
      throw new M3Error(
        Code.UNIMPLEMENTED,
        "this store can't search: read the entity by its key, or use another store",
      );
    }
    await this.ready(table);
    const scope = host.scope();
    const limit = this.#limit(host);
    const options = { signal: limit.signal };
    try {
      // Before the search: what an owner before still writes is then refused, or found.
      if (scope !== undefined) await this.db.raiseFence(scope, options);
      const page = await this.db.readMany(table, query, options);
      if (!host.owns()) throw notOwner();
      return page;
    } catch (cause) {
      if (!host.owns()) throw notOwner();
      throw this.#readError(cause, limit.signal);
    } finally {
      limit.end();
    }
  }

  /** Resolves once the table may be used. */
  ready(table: DbTable): Promise<void> | undefined {
    const known = this.#tables.get(table);
    if (known === "ready") return undefined;
    if (known !== undefined) return known;
    const preparing = this.db.prepare([table]).then(
      () => void this.#tables.set(table, "ready"),
      (error: unknown) => {
        this.#tables.delete(table);
        throw error;
      },
    );
    this.#tables.set(table, preparing);
    return preparing;
  }

  /** Names the limit where the contract says CANCELLED. */
  #inTime(result: DbWriteResult): DbWriteResult {
    if (result.status !== "failed" || result.error.code !== Code.CANCELLED) return result;
    return { status: "failed", error: this.#late("write", result.error) };
  }

  #readError(cause: unknown, signal: AbortSignal): M3Error {
    const error = M3Error.from(cause);
    return signal.aborted && error.code === Code.CANCELLED ? this.#late("read", error) : error;
  }

  #late(call: string, cause: M3Error): M3Error {
    return reasonError("DEADLINE", `the store did not execute a ${call} within ${this.timeoutMs} ms`, { cause });
  }

  #limit(host: EntityHost): { readonly signal: AbortSignal; end(): void } {
    if (!host.owns()) throw notOwner();
    return this.#until(host.deadline());
  }

  #until(deadline: number): { readonly signal: AbortSignal; end(): void } {
    const controller = new AbortController();
    const limitMs = Math.min(this.timeoutMs, deadline - this.clock.now());
    const timer = this.clock.after(Math.max(0, limitMs), () => controller.abort());
    return { signal: controller.signal, end: () => timer.cancel() };
  }
}

/** True for a store that can search. */
export function isQueryable(db: Db): db is QueryableDb {
  return "readMany" in db && typeof db.readMany === "function";
}

/** The error of whoever acts for an owner that this app is not. */
export function notOwner(): M3Error {
  return reasonError("NOT_OWNER", "this app does not own the entity's actor or claim any more");
}
