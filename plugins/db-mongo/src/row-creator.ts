import type { DbWriteResult } from "m3game";
import type { EncodedWrite } from "./encoded-write.ts";
import { markRow } from "./mark-row.ts";
import { isDuplicate } from "./mongo-error.ts";
import { isFencedBy, markUpdate, ownFilter } from "./own-mark.ts";

/** Makes a row: in the place of what is left of one before, or of the mark of a reader; or where there is nothing yet. */
export async function createRow(write: EncodedWrite): Promise<DbWriteResult> {
  const { table, id, own, set } = write;
  const { collection } = table;
  const replace = async (): Promise<DbWriteResult | undefined> => {
    const made = await collection.findOneAndUpdate(
      { _id: id, _gone: true, ...ownFilter(own) },
      { $set: { ...set, ...markUpdate(own) }, $unset: { _gone: "" }, $inc: { _ver: 1n } },
      { returnDocument: "after" },
    );
    return made === null ? undefined : { status: "written", version: made._ver };
  };
  const insert = async (): Promise<DbWriteResult | undefined> => {
    try {
      await collection.insertOne({ _id: id, ...set, ...(own && { _own: { [own.name]: own.f } }), _ver: 1n });
      return { status: "written", version: 1n };
    } catch (error) {
      if (isDuplicate(error)) return undefined;
      throw error;
    }
  };
  // An owner has read before it creates, which leaves a mark.
  const steps = own === undefined ? [insert, replace] : [replace, insert];
  for (;;) {
    for (const step of steps) {
      const result = await step();
      if (result !== undefined) return result;
    }
    const there = own === undefined ? await collection.findOne({ _id: id }) : await markRow(table, id, own);
    if (there === null) continue;
    if (isFencedBy(there, own)) return { status: "refused", reason: "fenced" };
    // Otherwise a reader has just left its mark, or somebody else has just deleted the row.
    if (there._gone !== true) return { status: "refused", reason: "exists" };
  }
}
