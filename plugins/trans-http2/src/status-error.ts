import { type Metadata, status } from "@grpc/grpc-js";
import { M3Error } from "m3game";
import { decodeError, reasonError, toCode } from "m3game/internal";
import { toBytes } from "./bytes.ts";
import { errorDetailKey } from "./metadata-keys.ts";

/** How a call ended that did not succeed. */
export interface FailedCall {
  readonly code: number;
  readonly details: string;
  /** Trailers of the peer; empty when grpc-js made the status up itself. */
  readonly metadata: Metadata;
  /** The peer had begun to answer. */
  readonly answered: boolean;
}

// What grpc-js says when it never put the request on a connection, or when the peer's HTTP/2 refused the stream unseen.
const notSent =
  /^(No connection established|Name resolution failed|Failed to parse DNS address|Channel closed before call started|Failed to start HTTP\/2 stream|Stream refused by server)/;

const tooLarge = /received message larger than max/i;

/**
 * The error of a call that did not succeed. What a peer of this framework sent is taken as it is, a status of another
 * gRPC server keeps its code. Where the connection failed, the call counts as not executed only when it certainly was
 * not sent; otherwise its outcome is unknown.
 */
export function statusError(failed: FailedCall): M3Error {
  const { code, details, metadata } = failed;
  const [detail] = metadata.get(errorDetailKey);
  if (Buffer.isBuffer(detail)) return decodeError(toCode(code), details, toBytes(detail));
  if (code === status.DEADLINE_EXCEEDED) return reasonError("DEADLINE", details);
  if (code === status.RESOURCE_EXHAUSTED && tooLarge.test(details)) {
    // Request or response: from here it can't be told which one it was.
    return reasonError("MESSAGE_TOO_LARGE", details, { notExecuted: false });
  }
  const fromPeer = failed.answered || Object.keys(metadata.toJSON()).length > 0;
  if (!fromPeer && notSent.test(details)) return reasonError("NO_CONNECTION", details);
  if (!fromPeer || connectionLost(code, details)) {
    return reasonError("UNKNOWN_OUTCOME", `the connection broke before the answer came: ${details}`);
  }
  return new M3Error(toCode(code), details);
}

function connectionLost(code: number, details: string): boolean {
  return (
    (code === status.UNAVAILABLE && details === "Connection dropped") ||
    (code === status.CANCELLED && details === "Call cancelled") ||
    (code === status.INTERNAL && details.startsWith("Received RST_STREAM"))
  );
}
