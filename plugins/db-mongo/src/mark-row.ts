import { isDuplicate } from "./mongo-error.ts";
import type { MongoTable } from "./mongo-table.ts";
import { isFencedBy, markUpdate, type OwnMark, ownFilter } from "./own-mark.ts";
import type { RowDocument } from "./row-document.ts";

/** How many claims a row knows at most. */
const maxMarks = 64;

/**
 * Reads a row and marks it in the same step, one that is not there too: no older owner writes it from here on. Where
 * the row knows a newer owner (`isFencedBy`) it is returned as it is.
 */
export async function markRow(table: MongoTable, _id: RowDocument["_id"], own: OwnMark): Promise<RowDocument> {
  const { collection } = table;
  for (;;) {
    try {
      const marked = await collection.findOneAndUpdate(
        { _id, ...ownFilter(own) },
        { $set: markUpdate(own), $setOnInsert: { _gone: true, _ver: 0n } },
        { upsert: true, returnDocument: "after" },
      );
      if (marked !== null) return await limitMarks(table, marked, own);
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      const known = await collection.findOne({ _id });
      // Otherwise somebody else has just made it.
      if (known !== null && isFencedBy(known, own)) return known;
    }
  }
}

/** What the forgotten marks kept out named the version of before, so that it is refused for its version. */
async function limitMarks({ collection }: MongoTable, row: RowDocument, own: OwnMark): Promise<RowDocument> {
  if (Object.keys(row._own ?? {}).length <= maxMarks) return row;
  const limited = await collection.findOneAndUpdate(
    { _id: row._id, _ver: row._ver, ...ownFilter(own) },
    { $set: { _own: { [own.name]: own.f } }, $inc: { _ver: 1n } },
    { returnDocument: "after" },
  );
  // Whoever wrote it meanwhile has left the marks for the next one to limit.
  return limited ?? row;
}
