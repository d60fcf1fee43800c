import { once } from "node:events";
import { connect } from "node:net";

/** A NATS server greets with its INFO line. */
export function probeNats(address: string, signal: AbortSignal): Promise<void> {
  return expectReply(address, "", /^INFO /, signal);
}

/** One that wants credentials answers too. */
export function probeRedis(address: string, signal: AbortSignal): Promise<void> {
  return expectReply(address, "PING\r\n", /^(\+PONG|-NOAUTH)/, signal);
}

/** Consul is of use once it has a leader and counts its own node as healthy: only then can a service be passing. */
export async function probeConsul(address: string, signal: AbortSignal): Promise<void> {
  const body = await get(`http://${address}/v1/health/state/passing`, signal);
  if (!body.includes("serfHealth")) throw new Error("Consul has no healthy node yet");
}

export async function probeEtcd(address: string, signal: AbortSignal): Promise<void> {
  const body = await get(`http://${address}/health`, signal);
  if (!body.includes('"true"')) throw new Error(`etcd is not healthy yet: ${body}`);
}

async function get(url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.text();
}

async function expectReply(address: string, request: string, reply: RegExp, signal: AbortSignal): Promise<void> {
  const { hostname, port } = new URL(`tcp://${address}`);
  const socket = connect({ host: hostname, port: Number(port) });
  try {
    await once(socket, "connect", { signal });
    socket.write(request);
    const [received] = await once(socket, "data", { signal });
    if (!reply.test(String(received))) throw new Error(`${address} answered ${JSON.stringify(String(received))}`);
  } finally {
    socket.destroy();
  }
}
