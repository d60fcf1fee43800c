import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

// Below what systems give to connections and to servers that ask for any port (Linux from 32768, others from 49152): one of
// those could be gone when a server that has stopped wants its port again.
// These are also none that the examples and the demo have.
const lowest = 22_000;
const end = 32_000;

/** Loopback ports that nobody listens on at this moment, all different. A server can stop and have its port again. */
export async function findFreePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await findFreePort());
  return ports;
}

/**
 * A loopback port that nobody listens on at this moment, and that nobody else finds before this process ends: not until a server
 * listens on it, nor while that one is stopped.
 */
export async function findFreePort(): Promise<number> {
  for (;;) {
    const port = randomInt(lowest, end);
    if ((await isFree(port)) && (await claim(port))) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

/** False when another finder has it. The sign is a socket that nobody uses, above all ports that are found: the system removes it with this process. */
async function claim(port: number): Promise<boolean> {
  const sign = createSocket("udp4").unref();
  try {
    sign.bind(port + end - lowest, "127.0.0.1");
    await once(sign, "listening");
    return true;
  } catch (error) {
    sign.close();
    if (error instanceof Error && "code" in error && error.code === "EADDRINUSE") return false;
    throw error;
  }
}
