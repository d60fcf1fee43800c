import type { ServerHttp2Stream } from "node:http2";
import type { Server } from "@grpc/grpc-js";

/**
 * Tells, to a handler of a grpc-js server that is just called, the HTTP/2 stream of its call: that one alone can be closed whatever its
 * client does.
 *
 * grpc-js offers no hook for this, so that its HTTP/2 servers are taken from a private field; where a version has no such
 * field, or calls its handlers later, there is none.
 */
export function currentStream(server: Server): () => ServerHttp2Stream | undefined {
  let current: ServerHttp2Stream | undefined;
  const http2Servers: unknown = Reflect.get(server, "http2Servers");
  for (const http2Server of http2Servers instanceof Map ? http2Servers.keys() : []) {
    http2Server.prependListener("stream", (stream: ServerHttp2Stream) => {
      current = stream;
    });
    // After the one of grpc-js, which calls the handler.
    http2Server.on("stream", () => {
      current = undefined;
    });
  }
  return () => current;
}
