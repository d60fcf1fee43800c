import { Code, isM3Error, M3Error } from "m3game";
import { type CallKind, reasonError } from "m3game/internal";
import {
  MongoAPIError,
  MongoBulkWriteError,
  MongoError,
  MongoNetworkError,
  MongoNotConnectedError,
  MongoServerError,
  MongoServerSelectionError,
  MongoTopologyClosedError,
  type WriteError,
} from "mongodb";

export const section = "[[Plugin.DB.db_mongo]]";

const duplicateKey = 11000;
/** The server is no primary, or not any more when it was asked. */
const notPrimary: ReadonlySet<unknown> = new Set([10107, 13435, 13436]);
/** What the server ended in the middle. */
const interrupted: ReadonlySet<unknown> = new Set([64, 91, 189, 11600, 11602, 262, 50]);

/** Documents of more than 16 MiB. */
const tooLarge: ReadonlySet<unknown> = new Set([10334, 17419, 17420]);

/** True for a document that is there already. */
export function isDuplicate(error: unknown): boolean {
  return error instanceof MongoServerError && error.code === duplicateKey;
}

/** The error of a call that failed on the way or at the server. */
export function callError(kind: CallKind, error: unknown): M3Error {
  if (isM3Error(error)) return error;
  const why = error instanceof Error ? error.message : String(error);
  if (isUnsent(error)) {
    return reasonError("PLUGIN_FAILED", `db_mongo: no server can be reached (${why})`, {
      notExecuted: true,
      cause: error,
    });
  }
  if (!(error instanceof MongoServerError)) {
    if (isRefusedByDriver(error)) {
      return new M3Error(Code.INVALID_ARGUMENT, `db_mongo: the driver refuses it: ${why}`, { cause: error });
    }
    return broken(kind, why, error);
  }
  // What a bulk has done before it failed is not known.
  if (error instanceof MongoBulkWriteError || error.code === undefined) return broken(kind, why, error);
  if (notPrimary.has(error.code)) {
    return reasonError("PLUGIN_FAILED", `db_mongo: the server says: ${why}`, { notExecuted: true, cause: error });
  }
  const isUnconfirmed = error.hasErrorLabel("RetryableWriteError") || error.name === "MongoWriteConcernError";
  if (isUnconfirmed || interrupted.has(error.code)) return broken(kind, why, error);
  return refusal(error.code, why, error);
}

/** The driver found it wrong before it sent anything. */
export function isRefusedByDriver(error: unknown): boolean {
  return !isUnsent(error) && (error instanceof MongoAPIError || !(error instanceof MongoError));
}

/** Which writes of a bulk the server could not do, by their place. Undefined when that is not known of all. */
export function failedWrites(error: MongoBulkWriteError): ReadonlyMap<number, M3Error> | undefined {
  const errors = [error.writeErrors].flat();
  const isUnknown = ({ code }: WriteError) => notPrimary.has(code) || interrupted.has(code);
  if (errors.length === 0 || errors.some(isUnknown)) return undefined;
  if (error.result.getWriteConcernError() !== undefined) return undefined;
  return new Map(errors.map(({ index, code, errmsg = "" }) => [index, refusal(code, errmsg, error)]));
}

export function unknownOutcome(why: string, cause?: unknown): M3Error {
  return reasonError("UNKNOWN_OUTCOME", `db_mongo: ${why}`, { cause });
}

/** The server could not do it, and has changed nothing. */
function refusal(code: unknown, why: string, cause: unknown): M3Error {
  const kind = tooLarge.has(code) ? Code.INVALID_ARGUMENT : Code.INTERNAL;
  return new M3Error(kind, `db_mongo: the server says: ${why}`, { notExecuted: true, cause });
}

/** Found out before anything was sent. */
function isUnsent(error: unknown): boolean {
  if (error instanceof MongoServerSelectionError || error instanceof MongoTopologyClosedError) return true;
  if (error instanceof MongoNotConnectedError) return true;
  return error instanceof MongoNetworkError && error.name === "MongoPoolClearedError";
}

function broken(kind: CallKind, why: string, cause: unknown): M3Error {
  return kind === "read"
    ? reasonError("PLUGIN_FAILED", `db_mongo: the connection broke (${why})`, { cause })
    : unknownOutcome(`the connection broke (${why}) while it was written`, cause);
}
