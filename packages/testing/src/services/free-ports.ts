import { once } from "node:events";
import { createServer, type Server } from "node:net";

/** Loopback ports that nobody listens on at this moment, all different. */
export async function findFreePorts(count: number): Promise<number[]> {
  const servers: Server[] = [];
  try {
    const ports: number[] = [];
    while (ports.length < count) {
      const server = createServer();
      servers.push(server);
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      const address = server.address();
      if (address !== null && typeof address === "object") ports.push(address.port);
    }
    return ports;
  } finally {
    for (const server of servers) server.close();
  }
}
