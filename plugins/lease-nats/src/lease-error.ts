import { JetStreamApiError } from "@nats-io/jetstream";
import { isM3Error, type M3Error } from "m3game";
import { reasonError } from "m3game/internal";

/** The failed request as the lease contract names it. Whatever the server did not refuse may have been done. */
export function leaseError(what: string, error: unknown): M3Error {
  if (isM3Error(error)) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof JetStreamApiError) {
    return reasonError("PLUGIN_FAILED", `lease_nats: NATS refuses the request ${what}: ${text}`, { cause: error });
  }
  return reasonError("UNKNOWN_OUTCOME", `lease_nats: no answer to the request ${what}: ${text}`, { cause: error });
}
