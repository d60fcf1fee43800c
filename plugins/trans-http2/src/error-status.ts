import { Metadata } from "@grpc/grpc-js";
import { M3Error, type M3ErrorOptions } from "m3game";
import { encodeErrorDetail } from "m3game/internal";
import { errorDetailKey } from "./metadata-keys.ts";

// Errors travel as headers, of which common gRPC clients take 8 to 16 KiB in all.
const maxMessageLength = 1024;
const maxDetailBytes = 4096;

/** A gRPC status with the error's details as a trailer. */
export interface ErrorStatus {
  readonly code: number;
  readonly details: string;
  readonly metadata: Metadata;
}

/** An error as it goes to the caller. Overlong messages are cut; details that don't fit a header are left out. */
export function errorStatus(error: M3Error): ErrorStatus {
  const metadata = new Metadata();
  metadata.set(errorDetailKey, detailBytes(error));
  return { code: error.code, details: headerText(error.message), metadata };
}

function detailBytes(error: M3Error): Buffer {
  const bytes = encodeErrorDetail(error);
  if (bytes.length <= maxDetailBytes) return Buffer.from(bytes);
  const options: M3ErrorOptions = {
    reason: error.reason,
    notExecuted: error.notExecuted,
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
  };
  return Buffer.from(encodeErrorDetail(new M3Error(error.code, "", options)));
}

function headerText(message: string): string {
  const cut = message.length > maxMessageLength ? `${message.slice(0, maxMessageLength)}…` : message;
  // A lone surrogate, also one that the cut left, can't be percent-encoded.
  return cut.toWellFormed();
}
