import { once } from "node:events";
import { createServer } from "node:http";

export interface OtlpSink extends AsyncDisposable {
  /** `host:port` */
  readonly address: string;
}

/** Takes all spans and forgets them. */
export async function startOtlpSink(): Promise<OtlpSink> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => response.writeHead(200, { "content-type": "application/json" }).end("{}"));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    address: `127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
