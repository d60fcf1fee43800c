import { type ServiceError, status } from "@grpc/grpc-js";
import { isM3Error, type M3Error } from "m3game";
import { reasonError } from "m3game/internal";

// What etcd answers with these it has certainly not done.
const refusals: ReadonlySet<number> = new Set([
  status.INVALID_ARGUMENT,
  status.NOT_FOUND,
  status.ALREADY_EXISTS,
  status.PERMISSION_DENIED,
  status.RESOURCE_EXHAUSTED,
  status.FAILED_PRECONDITION,
  status.OUT_OF_RANGE,
  status.UNIMPLEMENTED,
  status.UNAUTHENTICATED,
]);

/** True when etcd refused the request: it was certainly not done. */
export function isRefusal(error: unknown): error is ServiceError {
  return isServiceError(error) && refusals.has(error.code);
}

/** True when etcd does not know the lease, or not any more. */
export function isLeaseGone(error: unknown): boolean {
  return isServiceError(error) && error.code === status.NOT_FOUND;
}

/** True when etcd wants the app to log in, anew when it had. */
export function wantsLogin(error: unknown): boolean {
  if (!isServiceError(error)) return false;
  return error.code === status.UNAUTHENTICATED || error.details.includes("invalid auth token");
}

/** The failed request as the lease contract names it. Whatever is no refusal may have been done. */
export function leaseError(what: string, error: unknown): M3Error {
  if (isM3Error(error)) return error;
  const text = isServiceError(error) ? error.details : error instanceof Error ? error.message : String(error);
  if (isRefusal(error)) return reasonError("PLUGIN_FAILED", `lease_etcd: etcd refuses ${what}: ${text}`);
  return reasonError("UNKNOWN_OUTCOME", `lease_etcd: no answer to ${what}: ${text}`, { cause: error });
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && typeof error.code === "number" && "details" in error;
}
