import type { DbScope } from "m3game";
import { checkScope, escapeNul, reasonError } from "m3game/internal";
import type { PgConnections, Run } from "./pg-connections.ts";
import { type PreparedText, preparedText } from "./prepared-text.ts";
import { quote } from "./quote.ts";

/** Claim, epoch and counter as they travel. */
export type ScopeValues = readonly [claim: string, epoch: string, counter: string];

/** The fences of claims, and the epoch. */
export class Fences {
  /** The table, in statements. */
  readonly sql: string;
  readonly #connections: PgConnections;
  readonly #store: string;
  readonly #raise: PreparedText;

  constructor(connections: PgConnections, schema: string) {
    this.#connections = connections;
    this.sql = `${quote(schema)}._m3_fence`;
    this.#store = `${quote(schema)}._m3_store`;
    this.#raise = preparedText(
      `INSERT INTO ${this.sql} AS f VALUES ($1, $2, $3)
        ON CONFLICT (claim) DO UPDATE SET epoch = excluded.epoch, counter = excluded.counter
        WHERE (f.epoch, f.counter) <= (excluded.epoch, excluded.counter)`,
    );
  }

  /**
   * Raises a claim's fence. Waits for writes under it that are under way: once it has ended they are seen, or refused.
   * Throws FENCED when a newer one is known.
   */
  async raise(run: Run, scope: DbScope): Promise<void> {
    if (!(await this.tryRaise(run, scopeValues(scope)))) throw fenced(scope);
  }

  /** False when a newer fence is known. */
  async tryRaise(run: Run, values: ScopeValues): Promise<boolean> {
    const { count } = await run({ ...this.#raise, values });
    return count === 1;
  }

  /** The epoch for a lease store, or raised whatever there was. */
  async enterEpoch(lease: string | undefined): Promise<bigint> {
    const { rows } = await this.#connections.use("write", (run) =>
      run({
        text: `UPDATE ${this.#store} SET epoch = epoch + (lease IS DISTINCT FROM $1 OR $1 IS NULL)::int,
          lease = coalesce($1, lease) RETURNING epoch`,
        values: [lease === undefined ? null : escapeNul(lease)],
      }),
    );
    const epoch = rows[0]?.[0];
    if (epoch == null) throw new Error("the store has lost its epoch");
    return BigInt(epoch);
  }
}

/** Throws INVALID_ARGUMENT for a fence that is none. */
export function scopeValues(scope: DbScope): ScopeValues {
  const { claim, fence } = checkScope(scope);
  return [escapeNul(claim), String(fence.epoch), String(fence.counter)];
}

export function fenced({ claim, fence: { epoch, counter } }: DbScope) {
  return reasonError("FENCED", `claim ${claim} has a newer owner than (${epoch}, ${counter})`);
}
