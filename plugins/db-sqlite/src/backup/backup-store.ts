import { existsSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { backup, DatabaseSync } from "node:sqlite";
import { Code, isM3Error, M3Error } from "m3game";
import { storeError } from "../store-error.ts";
import { problemOf } from "../worker/problem.ts";
import { type BackupManifest, digest, writeManifest } from "./manifest.ts";
import { checkIntegrity, type StoreContents, storeContents } from "./store-contents.ts";

/** How many pages of 4 KiB are copied between two looks at the event loop. */
const pagesAtOnce = 1000;

/**
 * Copies a store into the new file `to`, with a manifest beside it (`<to>.json`), while apps use it: the copy is the
 * store as it was at one moment. Nobody waits for it; what is written meanwhile stays in the store's log for so long.
 * Rejects with FAILED_PRECONDITION when `file` is no store, ALREADY_EXISTS when there is a file `to`, and as the plugin does.
 */
export async function backupStore(file: string, to: string): Promise<BackupManifest> {
  if (existsSync(to)) throw new M3Error(Code.ALREADY_EXISTS, `${to} is there already: name a new file for the copy`);
  const part = `${to}.part`;
  try {
    await rm(part, { force: true });
    const takenAt = new Date().toISOString();
    const contents = await copyStore(file, part);
    completeCopy(part);
    await flush(part);
    const manifest = { takenAt, ...contents, ...(await digest(part)), tables: [...contents.tables] };
    // First the manifest: a copy that is there has one.
    await writeManifest(to, manifest);
    await rename(part, to);
    return manifest;
  } catch (error) {
    await rm(part, { force: true });
    throw isM3Error(error) ? error : storeError(problemOf(error), file);
  }
}

/** What was read first decides what all of the transaction sees: contents and copy are of the same moment. */
async function copyStore(file: string, to: string): Promise<StoreContents> {
  using database = new DatabaseSync(file, { readOnly: true });
  database.exec("BEGIN");
  const contents = storeContents(database);
  await backup(database, to, { rate: pagesAtOnce });
  return contents;
}

/** Without a log a copy is one file. */
function completeCopy(copy: string): void {
  using database = new DatabaseSync(copy);
  database.exec("PRAGMA journal_mode = DELETE");
  checkIntegrity(database);
}

async function flush(file: string): Promise<void> {
  await using handle = await open(file, "r+");
  await handle.sync();
}
