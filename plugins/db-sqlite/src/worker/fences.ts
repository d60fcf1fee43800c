import type { DatabaseSync } from "node:sqlite";
import type { ScopeData } from "../protocol.ts";
import { ProblemError } from "./problem.ts";
import { Change, Query } from "./statements.ts";

const compare = "SELECT (epoch, counter) = (?2, ?3), (epoch, counter) < (?2, ?3) FROM _m3_fence WHERE claim = ?1";
const raise = "INSERT INTO _m3_fence VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET (epoch, counter) = (?2, ?3)";
const enter = `UPDATE _m3_store SET epoch = epoch + (lease IS NOT ?1 OR ?1 IS NULL), lease = coalesce(?1, lease)
  RETURNING epoch`;

/** The fences and the epoch in the file. Its methods are to be called in a transaction. */
export class Fences {
  readonly #compare: Query;
  readonly #raise: Change;
  readonly #enter: Query;

  constructor(database: DatabaseSync) {
    this.#compare = new Query(database, compare);
    this.#raise = new Change(database, raise);
    this.#enter = new Query(database, enter);
  }

  /** Makes it the claim's fence; false when a newer one is known. */
  tryRaise(scope: ScopeData): boolean {
    const [isSame = 0n, isOlder = 1n] = this.#compare.row(scope) ?? [];
    if (isSame === 1n) return true;
    if (isOlder === 0n) return false;
    this.#raise.run(scope);
    return true;
  }

  /** Throws when a newer one is known. */
  raise(scope: ScopeData): void {
    if (this.tryRaise(scope)) return;
    const [claim, epoch, counter] = scope;
    throw new ProblemError({ kind: "fenced", message: `claim ${claim} has a newer owner than (${epoch}, ${counter})` });
  }

  /** The epoch for a lease store, raised when it is another one than before, or `null`. */
  enterEpoch(lease: string | null): bigint {
    const [epoch] = this.#enter.row([lease]) ?? [];
    if (typeof epoch !== "bigint") throw new Error("the file has lost its epoch");
    return epoch;
  }
}
