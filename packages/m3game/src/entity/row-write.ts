import { type DescField, equals, fromBinary, toBinary } from "@bufbuild/protobuf";
import { reasonError } from "../meta/error.ts";
import type { DbKey, DbRow, DbWrite } from "../plugin/db.ts";
import { sameBytes } from "./changed-fields.ts";
import type { EntityDefinition } from "./entity-definition.ts";

/** One write of a row. Sent again it says the same, whatever was changed in memory meanwhile. */
export interface RowWrite {
  readonly kind: "create" | "update" | "delete";
  /** The encoding of the entity once this is written. */
  readonly after: Uint8Array;
  /** What an update writes. */
  readonly fields: readonly DescField[];
  /** The version that it was made from; 0 for a create. */
  readonly base: bigint;
}

const nothing = new Uint8Array(0);

export function createOf(after: Uint8Array): RowWrite {
  return { kind: "create", after, fields: [], base: 0n };
}

export function deleteOf(base: bigint): RowWrite {
  return { kind: "delete", after: nothing, fields: [], base };
}

/** What turns `before` into `after`, undefined when they are the same. Throws ENTITY_INVALID when the key changed. */
export function updateOf(
  { schema, table, changed: compare }: EntityDefinition,
  base: bigint,
  before: Uint8Array,
  after: Uint8Array,
): RowWrite | undefined {
  if (sameBytes(before, after)) return undefined;
  const changed = compare(before, after);
  if (changed.includes(table.key)) {
    throw reasonError(
      "ENTITY_INVALID",
      `${schema.typeName}.${table.key.name} is the key and can't change: put it back`,
    );
  }
  return changed.length === 0 ? undefined : { kind: "update", after, fields: changed, base };
}

export function toDbWrite({ schema, table, decodePart }: EntityDefinition, key: DbKey, write: RowWrite): DbWrite {
  const { kind, after, fields, base: version } = write;
  switch (kind) {
    case "create":
      return { kind, table, key, message: fromBinary(schema, after) };
    case "delete":
      return { kind, table, key, version };
    case "update":
      return { kind, table, key, message: decodePart(after, fields), fields, version };
  }
}

/**
 * What the row that is there now says of a write whose answer was lost and that was refused when it was sent again:
 * it had been written, somebody else's was, or nobody can know. A row with the right version and content proves it
 * only where nobody else writes the row: two writers may well write the same.
 */
export function readOutcome(
  { schema }: EntityDefinition,
  { kind, base, after }: RowWrite,
  row: DbRow | undefined,
  isOnlyWriter: boolean,
): "written" | "conflict" | "unknown" {
  if (kind === "delete") return row === undefined ? "written" : "conflict";
  if (row === undefined) return isOnlyWriter ? "conflict" : "unknown";
  const isNext = kind === "create" || row.version === base + 1n;
  if (!isNext) return isOnlyWriter ? "conflict" : "unknown";
  const isSame =
    sameBytes(toBinary(schema, row.message), after) || equals(schema, row.message, fromBinary(schema, after));
  if (isSame) return isOnlyWriter ? "written" : "unknown";
  // A row that was created may have been changed since by others.
  return kind === "create" && !isOnlyWriter ? "unknown" : "conflict";
}
