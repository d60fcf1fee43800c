import { type ServiceError, status } from "@grpc/grpc-js";

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

/** True when this side cancelled the request, which says nothing of the connection. */
export function isCancelled(error: unknown): boolean {
  return isServiceError(error) && error.code === status.CANCELLED;
}

/** True when the members elected another leader meanwhile: the request may have been done, and the next one will be answered. */
export function isLeaderChange(error: unknown): boolean {
  return isServiceError(error) && error.details === "etcdserver: leader changed";
}

/** True when etcd does not know the lease, or not any more. */
export function isLeaseGone(error: unknown): boolean {
  return isServiceError(error) && error.code === status.NOT_FOUND;
}

/** True when etcd wants the app to log in, anew when it had. */
export function wantsLogin(error: unknown): boolean {
  if (!isServiceError(error)) return false;
  // A signed token is old as soon as somebody changes users or roles.
  const isRefused = ["invalid auth token", "revision of auth store is old"].some((text) =>
    error.details.includes(text),
  );
  return isRefused || error.code === status.UNAUTHENTICATED;
}

/** What etcd or the connection said, for a message. */
export function errorText(error: unknown): string {
  // What gRPC adds about names is empty where the address is a number.
  if (isServiceError(error)) return error.details.replace(/\.?\s*Resolution note:\s*$/, "");
  return error instanceof Error ? error.message : String(error);
}

function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "code" in error && typeof error.code === "number" && "details" in error;
}
