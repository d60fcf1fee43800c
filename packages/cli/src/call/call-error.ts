import { type ServiceError, status } from "@grpc/grpc-js";
import { M3Error } from "m3game";
import { decodeError, toCode } from "m3game/internal";

// Where this framework sends reason and details beside the status.
const detailKey = "m3error-bin";

/** What a gRPC call failed with, with the reason where the server is one of this framework. */
export function callError(error: ServiceError | null): M3Error {
  if (error === null) return new M3Error(toCode(status.INTERNAL), "the server sent neither an answer nor an error");
  const [detail] = error.metadata?.get(detailKey) ?? [];
  if (Buffer.isBuffer(detail)) return decodeError(toCode(error.code), error.details, new Uint8Array(detail));
  // grpc-js may end its own messages with a label and nothing after it.
  const message = error.details.replace(/\s*Resolution note:\s*$/, "");
  return new M3Error(toCode(error.code), message, { cause: error });
}
