import { copyFile, rename, rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { Code, isM3Error, M3Error } from "m3game";
import { Query } from "../statements.ts";
import { storeError } from "../store-error.ts";
import { problemOf } from "../worker/problem.ts";
import { type BackupManifest, readManifest } from "./manifest.ts";
import type { NewerContents } from "./newer-than-copy.ts";
import { moveAside, type ReplacedStore, takeStore } from "./replaced-store.ts";
import { checkIntegrity } from "./store-contents.ts";

/** What a restore may replace. */
export interface RestoreOptions {
  /** Also replaces a store that has something newer than the copy, or can't be read. @default false */
  readonly force?: boolean;
}

/** What came of a restore. */
export interface RestoredStore {
  /** That of the copy. */
  readonly manifest: BackupManifest;
  /** That of the store from now on. */
  readonly epoch: bigint;
  /** Where the file is that was there before. */
  readonly replaced?: string;
  /** What that has and the restored store has not. */
  readonly lost?: ReplacedStore["newer"];
}

/**
 * More than the epoch can have risen by since the copy was made, also where the store itself is lost: it rises when a
 * lease store forgets.
 */
const epochStep = 1_000_000n;

/**
 * Puts a copy that `backupStore` made in the place of the store `to`. The epoch rises beyond any that a session can have:
 * whoever owned something before is refused, and new owners are not. A file that is there is moved aside, never
 * deleted. Rejects with DATA_LOSS for a copy that is not as it was made, with FAILED_PRECONDITION when somebody uses the
 * store (also with `force`), or it has something newer; it is then as it was.
 */
export async function restoreStore(
  copy: string,
  to: string,
  { force = false }: RestoreOptions = {},
): Promise<RestoredStore> {
  const part = `${to}.restoring`;
  try {
    const manifest = await readManifest(copy);
    await copyFile(copy, part);
    using store = takeStore(to, part);
    if (store !== undefined && !force) refuseNewer(to, store.newer);
    const epoch = raiseEpoch(part, store?.epoch ?? 0n);
    const replaced = await moveAside(to, `${to}.replaced-${new Date().toISOString().replaceAll(/[-:]/g, "")}`);
    await rename(part, to);
    return {
      ...{ manifest, epoch },
      ...(replaced !== undefined && { replaced }),
      ...(store !== undefined && { lost: store.newer }),
    };
  } catch (error) {
    await rm(part, { force: true });
    throw isM3Error(error) ? error : storeError(problemOf(error), to);
  }
}

function refuseNewer(file: string, newer: ReplacedStore["newer"]): void {
  if ("damage" in newer)
    throw new M3Error(
      Code.FAILED_PRECONDITION,
      `what ${file} holds is not known, it may be newer (${newer.damage}); use force to replace it`,
    );
  const what = describeNewer(newer);
  if (what !== "")
    throw new M3Error(Code.FAILED_PRECONDITION, `${file} is newer than the copy: ${what}; use force to replace it`);
}

/** In words; empty when there is nothing. */
export function describeNewer({ tables, hasMore }: NewerContents): string {
  const rows = tables.map(({ name, rows }) => `${rows} ${rows === 1 ? "row" : "rows"} of ${name}`).join(", ");
  return rows || (hasMore ? "rows were deleted or claims taken since" : "");
}

function raiseEpoch(file: string, least: bigint): bigint {
  using database = new DatabaseSync(file);
  checkIntegrity(database);
  const raise = `UPDATE _m3_store SET epoch = max(epoch, ?) + ${epochStep} RETURNING epoch`;
  const [epoch] = new Query(database, raise).row([least]) ?? [];
  if (typeof epoch !== "bigint") throw new Error("the copy has lost its epoch");
  return epoch;
}
