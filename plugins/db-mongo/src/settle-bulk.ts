import type { DbWriteResult } from "m3game";
import type { EncodedWrite } from "./encoded-write.ts";
import { unknownOutcome } from "./mongo-error.ts";
import type { RowDocument } from "./row-document.ts";
import { refusalReason } from "./row-remover.ts";

/** A bulk of updates that was executed, of which not all writes found their row. At most one write for each row. */
export interface ExecutedBulk {
  readonly writes: readonly EncodedWrite[];
  /** What its writes have left in the rows. */
  readonly call: string;
  /** How many writes were made. */
  readonly matchedCount: number;
}

/**
 * What became of a write, as far as its row tells: a row that was written again afterwards has forgotten it. `free`: it
 * was not made, but nothing is against it any more.
 */
type Trace = "made" | "not-made" | "free" | "lost";

/**
 * Settles the writes of a bulk by what their rows hold afterwards. Returns those that were not made, but could be now:
 * others have brought the row to their version meanwhile.
 */
export function settleBulk(
  { writes, call, matchedCount }: ExecutedBulk,
  documents: ReadonlyMap<RowDocument["_id"], RowDocument>,
): readonly EncodedWrite[] {
  const traces = Map.groupBy(writes, (write) => traceOf(write, documents.get(write.id), call));
  const made = traces.get("made") ?? [];
  const lost = traces.get("lost") ?? [];
  for (const write of made) write.settle(written(write));
  for (const write of traces.get("not-made") ?? []) write.settle(refusal(write, documents.get(write.id)));
  const lostMade = matchedCount - made.length;
  for (const write of lost) {
    if (lostMade === lost.length) write.settle(written(write));
    else if (lostMade === 0) write.settle(refusal(write, documents.get(write.id)));
    else write.settle({ status: "failed", error: unknownOutcome("others wrote the row at the same time") });
  }
  return traces.get("free") ?? [];
}

export function written({ version }: EncodedWrite): DbWriteResult {
  return { status: "written", version: version + 1n };
}

/** Versions never go back, and each has been written once: the next one is this write's, or it was not made. */
function traceOf(write: EncodedWrite, document: RowDocument | undefined, call: string): Trace {
  if (document?._call === call) return "made";
  if (document !== undefined && document._ver > write.version + 1n) return "lost";
  return document?._ver === write.version && refusalReason(write, document) === "version" ? "free" : "not-made";
}

function refusal(write: EncodedWrite, document: RowDocument | undefined): DbWriteResult {
  return { status: "refused", reason: refusalReason(write, document) };
}
