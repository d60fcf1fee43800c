import type { DbScope } from "m3game";
import { escapeNul, reasonError } from "m3game/internal";
import type { Collection, Db as Database } from "mongodb";
import { isDuplicate } from "./mongo-error.ts";
import type { OwnMark } from "./own-mark.ts";

interface FenceDocument {
  readonly _id: string;
  readonly f: string;
}

interface EpochDocument {
  readonly _id: "epoch";
  readonly epoch: bigint;
  readonly lease?: string;
}

/** The fences of claims, a document each, and the epoch. */
export class FenceStore {
  readonly #fences: Collection<FenceDocument>;
  readonly #store: Collection<EpochDocument>;

  constructor(database: Database) {
    this.#fences = database.collection("_m3_fence");
    this.#store = database.collection("_m3_store");
  }

  /** Raises a fence. False when a newer one is known. */
  async tryRaise({ scope, f }: OwnMark): Promise<boolean> {
    for (;;) {
      try {
        await this.#fences.updateOne({ _id: scope, f: { $lte: f } }, { $set: { f } }, { upsert: true });
        return true;
      } catch (error) {
        // It is there and newer, or somebody else has just made it.
        if (!isDuplicate(error)) throw error;
        const known = await this.#fences.findOne({ _id: scope });
        if (known !== null && known.f > f) return false;
      }
    }
  }

  /** Which of the claims have a newer owner. Fences that are newer than the known ones are raised. */
  async newerThan(marks: readonly OwnMark[]): Promise<ReadonlySet<OwnMark>> {
    const newer = new Set<OwnMark>();
    if (marks.length === 0) return newer;
    const filter = { _id: { $in: marks.map(({ scope }) => scope) } };
    // In one answer.
    const found = await this.#fences.find(filter, { batchSize: marks.length + 1 }).toArray();
    const known = new Map(found.map(({ _id, f }) => [_id, f]));
    await Promise.all(
      marks.map(async (mark) => {
        if (known.get(mark.scope) !== mark.f && !(await this.tryRaise(mark))) newer.add(mark);
      }),
    );
    return newer;
  }

  /** The epoch for a lease store. */
  async enterEpoch(lease: string): Promise<bigint> {
    const text = escapeNul(lease);
    for (;;) {
      const known = await this.#store.findOne({ _id: "epoch" });
      if (known?.lease === text) return known.epoch;
      try {
        const filter = { _id: "epoch" as const, lease: { $ne: text } };
        const update = { $inc: { epoch: 1n }, $set: { lease: text } };
        const options = { upsert: true, returnDocument: "after" } as const;
        const entered = await this.#store.findOneAndUpdate(filter, update, options);
        if (entered !== null) return entered.epoch;
      } catch (error) {
        if (!isDuplicate(error)) throw error;
      }
    }
  }

  async raiseEpoch(): Promise<bigint> {
    const options = { upsert: true, returnDocument: "after" } as const;
    const raised = await this.#store.findOneAndUpdate({ _id: "epoch" }, { $inc: { epoch: 1n } }, options);
    if (raised === null) throw new Error("the store has lost its epoch");
    return raised.epoch;
  }
}

export function fenced({ claim, fence: { epoch, counter } }: DbScope) {
  return reasonError("FENCED", `claim ${claim} has a newer owner than (${epoch}, ${counter})`);
}
