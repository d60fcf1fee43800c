import { isDuplicate } from "./mongo-error.ts";
import type { MongoTable } from "./mongo-table.ts";
import { type OwnMark, ownFilter, type RowDocument } from "./row-document.ts";

/**
 * Reads a row and marks it in the same step, one that is not there too: no older owner writes it from here on. Undefined
 * when it knows a newer owner.
 */
export async function readAsOwner(
  { collection }: MongoTable,
  _id: RowDocument["_id"],
  own: OwnMark,
): Promise<RowDocument | null | undefined> {
  for (;;) {
    try {
      return await collection.findOneAndUpdate(
        { _id, ...ownFilter(own) },
        { $set: { _own: own }, $setOnInsert: { _gone: true, _ver: 0n } },
        { upsert: true, returnDocument: "after" },
      );
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      // It knows a newer owner, or somebody else has just made it.
      if ((await collection.findOne({ _id, ...ownFilter(own) })) === null) return undefined;
    }
  }
}

/**
 * The same for an owner that is refused a write: it has seen the row, so that no older one may write it afterwards. A
 * mark of another claim stays.
 */
export async function markRefused(
  { collection }: MongoTable,
  _id: RowDocument["_id"],
  own: OwnMark,
): Promise<RowDocument> {
  const older = { "_own.scope": own.scope, "_own.f": { $lte: own.f } };
  for (;;) {
    try {
      const marked = await collection.findOneAndUpdate(
        { _id, $or: [{ _own: { $exists: false } }, older] },
        { $set: { _own: own }, $setOnInsert: { _gone: true, _ver: 0n } },
        { upsert: true, returnDocument: "after" },
      );
      if (marked !== null) return marked;
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      const known = await collection.findOne({ _id });
      // Otherwise somebody else has just made it.
      if (known?._own !== undefined && (known._own.scope !== own.scope || known._own.f > own.f)) return known;
    }
  }
}
