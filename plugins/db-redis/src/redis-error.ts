import { ClientClosedError, ClientOfflineError } from "@redis/client";
import { Code, isM3Error, M3Error } from "m3game";
import { type CallKind, reasonError } from "m3game/internal";
import { serverReply } from "./redis-link.ts";

/** The error of a call that failed on the way or at the server. */
export function callError(kind: CallKind, error: unknown): M3Error {
  if (isM3Error(error)) return error;
  const reply = serverReply(error);
  if (reply !== undefined) return replyError(reply);
  const why = error instanceof Error ? error.message : String(error);
  if (error instanceof ClientOfflineError || error instanceof ClientClosedError) {
    return reasonError("PLUGIN_FAILED", "db_redis: the connection is lost and being restored", { notExecuted: true });
  }
  if (kind === "read") return reasonError("PLUGIN_FAILED", `db_redis: the connection broke (${why})`, { cause: error });
  return reasonError("UNKNOWN_OUTCOME", `db_redis: the connection broke while it was written (${why})`, {
    cause: error,
  });
}

/** What the server refused: nothing of it was executed. */
export function replyError(reply: string): M3Error {
  const [code = ""] = reply.split(" ");
  const text = `db_redis: the server says: ${reply}`;
  switch (code) {
    case "OOM":
      return new M3Error(Code.RESOURCE_EXHAUSTED, `${text}; raise its maxmemory or free some`, { notExecuted: true });
    case "LOADING":
    case "BUSY":
    case "READONLY":
    case "MISCONF":
    case "NOREPLICAS":
    case "MASTERDOWN":
    case "CLUSTERDOWN":
    case "TRYAGAIN":
    case "UNBLOCKED":
      return reasonError("PLUGIN_FAILED", text, { notExecuted: true });
    case "NOAUTH":
    case "WRONGPASS":
    case "NOPERM":
      return reasonError("PLUGIN_FAILED", `${text}; correct User and Auth in ${section}`, { notExecuted: true });
    default:
      return new M3Error(Code.INTERNAL, text, { notExecuted: true });
  }
}

export const section = "[[Plugin.DB.db_redis]]";
