// cspell:ignore errcode
import type { Problem } from "../protocol.ts";
import { SqliteCode } from "../sqlite-code.ts";

/** An error whose cause the main thread is to know. */
export class ProblemError extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.message);
    this.problem = problem;
  }
}

/** The problem behind whatever was thrown. */
export function problemOf(error: unknown): Problem {
  if (error instanceof ProblemError) return error.problem;
  const message = error instanceof Error ? error.message : String(error);
  const code = sqliteCode(error);
  return code === undefined ? { kind: "bug", message } : { kind: "sqlite", code, message, isUnknown: false };
}

/** The primary code of an error of SQLite, undefined for any other. */
export function sqliteCode(error: unknown): number | undefined {
  const code: unknown = error instanceof Error && "errcode" in error ? error.errcode : undefined;
  return typeof code === "number" ? code & 0xff : undefined;
}

/** Codes of failures that are none of a single task: all others would meet them too. */
const fatalCodes: ReadonlySet<number | undefined> = new Set([
  SqliteCode.busy,
  SqliteCode.noMemory,
  SqliteCode.readOnly,
  SqliteCode.ioError,
  SqliteCode.corrupt,
  SqliteCode.full,
  SqliteCode.cantOpen,
]);

/** True for a failure that ends the whole transaction. */
export function isFatal(error: unknown): boolean {
  return fatalCodes.has(sqliteCode(error));
}

export function unfit(message: string): ProblemError {
  return new ProblemError({ kind: "unfit", message });
}
