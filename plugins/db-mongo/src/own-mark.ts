import type { DbScope } from "m3game";
import { checkScope, escapeNul } from "m3game/internal";
import type { Document } from "mongodb";

/** A claim and its fence as documents hold them. */
export interface OwnMark {
  readonly scope: string;
  /** The claim's name in the marks of a row, which may hold neither dots nor dollars. */
  readonly name: string;
  /** Fences compare as their texts do. */
  readonly f: string;
}

/** The fence of each claim under which a row was read or written. */
export type RowMarks = Readonly<Record<string, string>>;

interface MarkedDocument {
  readonly _own?: RowMarks;
}

/** Throws INVALID_ARGUMENT. */
export function ownMark(scope: DbScope): OwnMark {
  const { claim, fence } = checkScope(scope);
  const [epoch, counter] = [fence.epoch, fence.counter].map((part) => String(part).padStart(19, "0"));
  return { scope: escapeNul(claim), name: `c${Buffer.from(claim).toString("base64url")}`, f: `${epoch} ${counter}` };
}

/** Sets the mark of this claim, and leaves those of others. */
export function markUpdate(own: OwnMark | undefined): Document {
  return own === undefined ? {} : { [`_own.${own.name}`]: own.f };
}

/** Documents that this owner may write or read: those that know no newer owner of the same claim. */
export function ownFilter(own: OwnMark | undefined): Document {
  return own === undefined ? {} : { [`_own.${own.name}`]: { $not: { $gt: own.f } } };
}

/** True when the document knows a newer owner of the claim. */
export function isFencedBy({ _own: marks }: MarkedDocument, own: OwnMark | undefined): boolean {
  return own !== undefined && (marks?.[own.name] ?? "") > own.f;
}
