import type { Document } from "mongodb";
import type { MongoValue } from "./mongo-value.ts";

/** Who wrote or read a row last under a claim. */
export interface OwnMark {
  readonly scope: string;
  readonly f: string;
}

/** What a row's document holds beside the entity's fields. */
export interface RowDocument extends Document {
  readonly _id: Exclude<MongoValue, symbol>;
  readonly _ver: bigint;
  readonly _own?: OwnMark;
  /** There is no row: it was deleted, or read under a claim before there was one. */
  readonly _gone?: true;
  /** The call that wrote it last. */
  readonly _call?: string;
}

/** Names that no field may have. */
export const reservedNames = ["_id", "_ver", "_own", "_gone", "_call"];

/** Documents that this owner may write or read: those that know no newer owner of the same claim. */
export function ownFilter(own: OwnMark | undefined): Document {
  return own === undefined ? {} : { $or: [{ "_own.scope": { $ne: own.scope } }, { "_own.f": { $lte: own.f } }] };
}

/** True when the document knows a newer owner of the claim. */
export function isFencedBy(document: Pick<RowDocument, "_own">, own: OwnMark | undefined): boolean {
  return own !== undefined && document._own?.scope === own.scope && document._own.f > own.f;
}
