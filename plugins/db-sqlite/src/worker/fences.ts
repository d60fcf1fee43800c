import type { DatabaseSync } from "node:sqlite";
import type { ScopeData } from "../protocol.ts";
import { Change, Query } from "../statements.ts";
import { ProblemError } from "./problem.ts";

const compare = "SELECT (epoch, counter) = (?2, ?3), (epoch, counter) < (?2, ?3) FROM _m3_fence WHERE claim = ?1";
const raise = "INSERT INTO _m3_fence VALUES (?1, ?2, ?3) ON CONFLICT DO UPDATE SET (epoch, counter) = (?2, ?3)";
const enter = `UPDATE _m3_store SET epoch = epoch + (lease IS NOT ?1 OR ?1 IS NULL), lease = coalesce(?1, lease)
  RETURNING epoch`;

const maxKnown = 100_000;

/**
 * The fences and the epoch in the file. Its methods are to be called in a transaction. What it has read or written stays
 * in memory, until another connection has written to the file: most writes carry the fence of the write before.
 */
export class Fences {
  readonly #compare: Query;
  readonly #raise: Change;
  readonly #enter: Query;
  readonly #dataVersion: Query;
  /** The counters of claims whose fence has `#knownEpoch`, as nearly all have at a time. */
  readonly #known = new Map<string, number | bigint>();
  #knownEpoch: number | bigint = 0;
  #knownAt: unknown;

  constructor(database: DatabaseSync) {
    this.#compare = new Query(database, compare);
    this.#raise = new Change(database, raise);
    this.#enter = new Query(database, enter);
    this.#dataVersion = new Query(database, "PRAGMA data_version");
  }

  /** To be called first in each transaction. */
  begin(): void {
    const [version] = this.#dataVersion.row([]) ?? [];
    if (version === this.#knownAt) return;
    this.#known.clear();
    this.#knownAt = version;
  }

  /** To be called when anything was undone that may have raised a fence. */
  forget(): void {
    this.#known.clear();
  }

  /** Whether the claim has this very fence. */
  isSame(claim: string, epoch: number | bigint, counter: number | bigint): boolean {
    return this.#isKnown(claim, epoch, counter) || this.compare([claim, epoch, counter]) === "same";
  }

  /** Whether the scope's fence is newer than the claim's, the same, or older. */
  compare(scope: ScopeData): "newer" | "same" | "older" {
    const [claim, epoch, counter] = scope;
    if (this.#isKnown(claim, epoch, counter)) return "same";
    const [isSame = 0n, isOlder = 1n] = this.#compare.row(scope) ?? [];
    if (isSame !== 1n) return isOlder === 1n ? "newer" : "older";
    this.#keep(scope);
    return "same";
  }

  /** Makes the scope's fence that of the claim. */
  set(scope: ScopeData): void {
    this.#raise.run(scope);
    this.#keep(scope);
  }

  /** Raises the fence to the scope's. Throws when a newer one is known. */
  raise(scope: ScopeData): void {
    const difference = this.compare(scope);
    if (difference === "newer") this.set(scope);
    if (difference !== "older") return;
    const [claim, epoch, counter] = scope;
    throw new ProblemError({ kind: "fenced", message: `claim ${claim} has a newer owner than (${epoch}, ${counter})` });
  }

  /** The epoch for a lease store, raised when it is another one than before, or `null`. */
  enterEpoch(lease: string | null): bigint {
    const [epoch] = this.#enter.row([lease]) ?? [];
    if (typeof epoch !== "bigint") throw new Error("the file has lost its epoch");
    return epoch;
  }

  #isKnown(claim: string, epoch: number | bigint, counter: number | bigint): boolean {
    return epoch === this.#knownEpoch && this.#known.get(claim) === counter;
  }

  #keep([claim, epoch, counter]: ScopeData): void {
    if (epoch !== this.#knownEpoch || this.#known.size >= maxKnown) this.#known.clear();
    this.#knownEpoch = epoch;
    this.#known.set(claim, counter);
  }
}
