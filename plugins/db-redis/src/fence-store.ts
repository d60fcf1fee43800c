import type { DbScope } from "m3game";
import { type CallKind, checkScope, reasonError, type StoreCalls } from "m3game/internal";
import { fenceText } from "./fence-text.ts";
import type { Keys, Partition } from "./keys.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { callError } from "./redis-error.ts";
import { epochScript, raiseScript } from "./scripts.ts";

interface RaiseOptions {
  readonly kind: CallKind;
  readonly signal?: AbortSignal | undefined;
  /** A partition that is left out. */
  readonly except?: Partition;
}

/** The fences of claims, which every partition has all of, and the epoch. */
export class FenceStore {
  readonly #connection: RedisConnection;
  readonly #keys: Keys;
  readonly #calls: StoreCalls;

  constructor(connection: RedisConnection, keys: Keys, calls: StoreCalls) {
    this.#connection = connection;
    this.#keys = keys;
    this.#calls = calls;
  }

  /** Raises a fence in all partitions. Rejects with FENCED when one of them knows a newer one. */
  async raise(scope: DbScope, { kind, signal, except }: RaiseOptions): Promise<void> {
    const text = fenceText(checkScope(scope).fence);
    const partitions = this.#keys.partitions.filter((partition) => partition !== except);
    const replies = await this.#calls.run({ kind, signal }, () =>
      Promise.all(
        partitions.map(async (partition) => {
          try {
            return await this.#connection.run(raiseScript, [partition.fence(scope.claim)], [text]);
          } catch (error) {
            throw callError(kind, error);
          }
        }),
      ),
    );
    if (replies.includes(0)) throw fenced(scope);
  }

  /** The epoch for a lease store, or raised whatever there was. */
  async enterEpoch(lease: string | undefined): Promise<bigint> {
    const reply = await this.#calls.run({ kind: "write" }, async () => {
      try {
        return await this.#connection.run(epochScript, [this.#keys.store], [lease ?? ""]);
      } catch (error) {
        throw callError("write", error);
      }
    });
    return BigInt(String(reply));
  }
}

export function fenced({ claim, fence: { epoch, counter } }: DbScope) {
  return reasonError("FENCED", `claim ${claim} has a newer owner than (${epoch}, ${counter})`);
}
