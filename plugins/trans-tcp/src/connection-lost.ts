import type { Socket } from "node:net";
import type { M3Error } from "m3game";
import { reasonError } from "m3game/internal";

/** Why a socket broke: UNAUTHENTICATED_PEER when this side refused the other's certificate, else NO_CONNECTION. */
export function connectionLost(socket: Socket, cause: NodeJS.ErrnoException): M3Error {
  // A TLSSocket: its class would load node:tls where there is none.
  if ("authorizationError" in socket && socket.authorizationError) return certificateRefused(cause.message);
  return reasonError("NO_CONNECTION", `connection lost: ${cause.message || cause.code}`, { cause });
}

/** The error for a peer whose certificate is missing, not of `Tls.CaFile`, or for another host. */
export function certificateRefused(problem: string): M3Error {
  return reasonError(
    "UNAUTHENTICATED_PEER",
    `the certificate was refused: ${problem}; check Tls.CertFile of one side and Tls.CaFile of the other`,
  );
}
