import { errorText, isRefusal } from "@m3game/etcd-client";
import { isM3Error, type M3Error } from "m3game";
import { reasonError } from "m3game/internal";

/** The failed request as the lease contract names it. Whatever is no refusal may have been done. */
export function leaseError(what: string, error: unknown): M3Error {
  if (isM3Error(error)) return error;
  if (isRefusal(error)) return reasonError("PLUGIN_FAILED", `lease_etcd: etcd refuses ${what}: ${errorText(error)}`);
  return reasonError("UNKNOWN_OUTCOME", `lease_etcd: no answer to ${what}: ${errorText(error)}`, { cause: error });
}
