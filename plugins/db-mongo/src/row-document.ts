import type { Document } from "mongodb";
import type { MongoValue } from "./mongo-value.ts";
import type { RowMarks } from "./own-mark.ts";

/** What a row's document holds beside the entity's fields. */
export interface RowDocument extends Document {
  readonly _id: Exclude<MongoValue, symbol>;
  readonly _ver: bigint;
  readonly _own?: RowMarks;
  /** There is no row: it was deleted, or read under a claim before there was one. */
  readonly _gone?: true;
  /** The bulk that wrote it last. */
  readonly _call?: string;
}

/** Names that no field may have. */
export const reservedNames: readonly string[] = ["_id", "_ver", "_own", "_gone", "_call"];
