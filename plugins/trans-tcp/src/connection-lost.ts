import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { M3Error } from "m3game";
import { reasonError } from "m3game/internal";

/** What the other side's TLS says when it does not like this side's certificate. */
const certificateAlert = /ALERT_(.*_)?(CERTIFICATE|CA)/;

/** Why a socket broke: UNAUTHENTICATED_PEER when a certificate was refused by either side, else NO_CONNECTION. */
export function connectionLost(socket: Socket, cause: NodeJS.ErrnoException): M3Error {
  const refusedHere = socket instanceof TLSSocket && Boolean(socket.authorizationError);
  if (refusedHere || certificateAlert.test(cause.code ?? "")) {
    const side = refusedHere ? "this app refused the other side's" : "the other side refused this app's";
    const message = `${side} certificate: ${cause.message}; check Tls.CaFile and Tls.CertFile of both`;
    return reasonError("UNAUTHENTICATED_PEER", message, { cause });
  }
  return reasonError("NO_CONNECTION", `connection lost: ${cause.message || cause.code}`, { cause });
}
