import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { Server } from "@grpc/grpc-js";
import type { M3Error } from "m3game";
import { type ErrorStatus, errorStatus } from "./error-status.ts";

/**
 * Decides on a call before grpc-js sees it: undefined lets it pass, an error is its answer.
 * `pairs` are the headers as they came: name, value, name, value and so on.
 */
export type StreamCheck = (path: string, pairs: readonly string[]) => M3Error | undefined;

/**
 * Puts `check` in front of a grpc-js server. Behind it Node has joined repeated headers to one, and grpc-js drops
 * non-ASCII ones with a line on the console: neither could be refused any more.
 *
 * grpc-js offers no hook for this, so that its HTTP/2 servers are taken from a private field; where a version has no such
 * field, calls pass unchecked.
 */
export function guardStreams(server: Server, check: StreamCheck): void {
  const http2Servers: unknown = Reflect.get(server, "http2Servers");
  if (!(http2Servers instanceof Map)) return;
  for (const http2Server of http2Servers.keys()) {
    const serve = http2Server.listeners("stream");
    http2Server.removeAllListeners("stream");
    http2Server.on(
      "stream",
      (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, flags: number, pairs: readonly string[]) => {
        const error = isGrpc(headers) ? check(headers[":path"] ?? "", pairs) : undefined;
        if (error !== undefined) return refuse(stream, errorStatus(error));
        for (const listener of serve) Reflect.apply(listener, http2Server, [stream, headers, flags, pairs]);
      },
    );
  }
}

// Other requests get the HTTP status that grpc-js answers them with.
function isGrpc(headers: IncomingHttpHeaders): boolean {
  return headers["content-type"]?.startsWith("application/grpc") ?? false;
}

function refuse(stream: ServerHttp2Stream, { code, details, metadata }: ErrorStatus): void {
  // A caller that is gone already needs no answer.
  stream.on("error", () => {});
  stream.resume();
  stream.respond(
    {
      ":status": 200,
      "content-type": "application/grpc+proto",
      "grpc-status": String(code),
      "grpc-message": encodeURI(details),
      ...metadata.toHttp2Headers(),
    },
    { endStream: true },
  );
}
