import { once } from "node:events";
import { createServer } from "node:net";

/** A loopback port that nobody listens on at this moment, for servers that do not say which one they took. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("there is no free port");
  return address.port;
}
