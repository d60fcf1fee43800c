import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { Code, M3Error } from "m3game";
import { SqliteCode } from "../sqlite-code.ts";
import { storeError } from "../store-error.ts";
import { problemOf, sqliteCode } from "../worker/problem.ts";
import { type NewerContents, newerThanCopy } from "./newer-than-copy.ts";
import { storeContents } from "./store-contents.ts";

/** A file that a copy is to replace; nobody else can use it before this is disposed. */
export interface ReplacedStore extends Disposable {
  readonly epoch: bigint;
  /** What a file that can't be read holds is not known: `damage` says why. */
  readonly newer: NewerContents | { readonly damage: string };
}

/** Keeps all others out of a file. Undefined when there is none. Throws FAILED_PRECONDITION when somebody uses it. */
export function takeStore(file: string, copy: string): ReplacedStore | undefined {
  if (!existsSync(file)) return undefined;
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    // Only the last user of a file may end its log; from the transaction on the lock stays.
    database.exec("PRAGMA main.locking_mode = EXCLUSIVE; PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE; COMMIT");
    const { epoch } = storeContents(database);
    return { epoch, newer: newerThanCopy(database, copy), [Symbol.dispose]: () => database.close() };
  } catch (error) {
    database.close();
    if (sqliteCode(error) === SqliteCode.busy)
      throw new M3Error(Code.FAILED_PRECONDITION, `${file} is in use: stop the apps that have it open, then restore`);
    return { epoch: 0n, newer: { damage: storeError(problemOf(error), file).message }, [Symbol.dispose]: () => {} };
  }
}

/** Moves a store aside, with a log that may lie beside it and would be taken for that of the next file of this name. */
export async function moveAside(file: string, to: string): Promise<string | undefined> {
  if (existsSync(`${file}-wal`)) await rename(`${file}-wal`, `${to}-wal`);
  // Only an index of the log, made anew when it is missing.
  await rm(`${file}-shm`, { force: true });
  if (!existsSync(file)) return undefined;
  await rename(file, to);
  return to;
}
