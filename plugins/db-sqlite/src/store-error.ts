import { Code, M3Error } from "m3game";
import { reasonError } from "m3game/internal";
import type { Problem } from "./protocol.ts";
import { SqliteCode } from "./sqlite-code.ts";

/** The error of a call that the worker could not execute. */
export function storeError(problem: Problem, file: string): M3Error {
  const { message } = problem;
  switch (problem.kind) {
    case "sqlite":
      if (problem.isUnknown) {
        return reasonError("UNKNOWN_OUTCOME", `${file}: nobody knows whether this was written: ${message}`);
      }
      return sqliteError(problem.code, message, file);
    case "fenced":
      return reasonError("FENCED", message);
    case "unfit":
      return new M3Error(Code.FAILED_PRECONDITION, `${file}: ${message}`);
    case "bug":
      return new M3Error(Code.INTERNAL, `${file}: ${message}`);
  }
}

function sqliteError(code: number, message: string, file: string): M3Error {
  switch (code) {
    case SqliteCode.busy:
      return unavailable(`${file} stayed locked by another process: ${message}`);
    case SqliteCode.readOnly:
      return unavailable(`${file} can't be written to: make file and folder writable for this process (${message})`);
    case SqliteCode.cantOpen:
      return unavailable(
        `${file} can't be opened: does the folder of File in [[Plugin.DB.db_sqlite]] exist, and may this process write there? (${message})`,
      );
    case SqliteCode.ioError:
      return unavailable(`${file} can't be read or written: ${message}`);
    case SqliteCode.full:
      return new M3Error(Code.RESOURCE_EXHAUSTED, `${file}: the disk is full (${message}); free some space`);
    case SqliteCode.noMemory:
      return new M3Error(Code.RESOURCE_EXHAUSTED, `${file}: ${message}`);
    case SqliteCode.tooBig:
      return new M3Error(Code.INVALID_ARGUMENT, `${file}: a row is larger than SQLite takes (${message})`);
    case SqliteCode.corrupt:
    case SqliteCode.notADatabase:
      return new M3Error(Code.DATA_LOSS, `${file} is damaged or no database: ${message}; restore it from a back-up`);
    default:
      return new M3Error(Code.INTERNAL, `${file}: ${message}`);
  }
}

function unavailable(message: string): M3Error {
  return reasonError("PLUGIN_FAILED", message);
}
