import { Code, isM3Error, M3Error } from "m3game";
import { type CallKind, reasonError } from "m3game/internal";
import { DatabaseError } from "pg";

export const section = "[[Plugin.DB.db_postgres]]";

/** The code of an error of the server itself, undefined for a failure on the way. */
export function sqlState(error: unknown): string | undefined {
  return error instanceof DatabaseError ? (error.code ?? "") : undefined;
}

/** True when the connection can't be used any more. */
export function isBroken(error: unknown): boolean {
  if (isM3Error(error)) return false;
  const state = sqlState(error);
  return state === undefined || state.startsWith("57P") || state.startsWith("08");
}

/** True when another transaction was in the way, so that doing it again is right. */
export function isConflict(error: unknown): boolean {
  const state = sqlState(error);
  return state === "40P01" || state === "40001";
}

/** The error of a statement that failed. The server has undone it, unless nobody knows. */
export function statementError(kind: CallKind, error: unknown): M3Error {
  if (isM3Error(error)) return error;
  const why = error instanceof Error ? error.message : String(error);
  if (isBroken(error)) {
    const text = `db_postgres: the connection broke (${why})`;
    return kind === "read"
      ? reasonError("PLUGIN_FAILED", text, { cause: error })
      : reasonError("UNKNOWN_OUTCOME", `${text} while it was written`, { cause: error });
  }
  const text = `db_postgres: the server says: ${why}`;
  switch (sqlState(error)?.slice(0, 2)) {
    case "53":
      return new M3Error(Code.RESOURCE_EXHAUSTED, text, { notExecuted: true, cause: error });
    case "22":
      return new M3Error(Code.INVALID_ARGUMENT, text, { notExecuted: true, cause: error });
    case "25":
    case "55":
    case "40":
      return reasonError("PLUGIN_FAILED", text, { notExecuted: true, cause: error });
    case "42":
    case "3F":
      return new M3Error(Code.FAILED_PRECONDITION, text, { notExecuted: true, cause: error });
    default:
      return new M3Error(Code.INTERNAL, text, { notExecuted: true, cause: error });
  }
}

/** The error of a connection that could not be had: nothing was sent. */
export function connectError(error: unknown): M3Error {
  const why = error instanceof Error ? error.message : String(error);
  return reasonError("PLUGIN_FAILED", `db_postgres: the server can't be reached (${why})`, {
    notExecuted: true,
    cause: error,
  });
}
