import type { DbWriteResult } from "m3game";
import { type EncodedWrite, rowFilter } from "./encoded-write.ts";
import { markRow } from "./mark-row.ts";
import { isFencedBy, markUpdate } from "./own-mark.ts";
import { type RowDocument, reservedNames } from "./row-document.ts";

/**
 * Deletes a row. What is left of it keeps the marks, and a version above which the next one begins. All fields are taken
 * out that the row has, those of newer schemas too; the version says that they are still the same.
 */
export async function removeRow(write: EncodedWrite): Promise<DbWriteResult> {
  const { table, id, version, own } = write;
  const { collection } = table;
  for (;;) {
    const row = await collection.findOne(rowFilter(write));
    if (row === null) {
      const there = own === undefined ? await collection.findOne({ _id: id }) : await markRow(table, id, own);
      const reason = refusalReason(write, there);
      // Otherwise others have brought the row to this version meanwhile.
      if (reason !== "version" || there?._ver !== version) return { status: "refused", reason };
      continue;
    }
    const fields = Object.keys(row).filter((name) => !reservedNames.includes(name));
    const { matchedCount } = await collection.updateOne(rowFilter(write), {
      $set: { _ver: version + 1n, _gone: true, ...markUpdate(own) },
      ...(fields.length > 0 && { $unset: Object.fromEntries(fields.map((name) => [name, ""])) }),
    });
    if (matchedCount === 1) return { status: "written", version };
  }
}

/** Why an update or delete did not find its row in what is there. */
export function refusalReason({ own }: EncodedWrite, document: RowDocument | null | undefined) {
  if (document != null && isFencedBy(document, own)) return "fenced";
  return document == null || document._gone === true ? "missing" : "version";
}
