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

/** PostgreSQL asks for credentials, or for none, once it takes connections. */
export function probePostgres(address: string, signal: AbortSignal): Promise<void> {
  const parameters = Buffer.from("user\0postgres\0database\0postgres\0\0");
  const start = Buffer.alloc(8);
  start.writeInt32BE(start.length + parameters.length);
  // Version 3.0 of the protocol.
  start.writeInt32BE(3 << 16, 4);
  return expectReply(address, Buffer.concat([start, parameters]), /^R/, signal);
}

/** MongoDB answers a request for its name. */
export function probeMongo(address: string, signal: AbortSignal): Promise<void> {
  // { hello: 1, $db: "admin" } as an OP_MSG.
  const document = Buffer.from("1f0000001068656c6c6f0001000000022464620006000000" + "61646d696e0000", "hex");
  const head = Buffer.alloc(21);
  head.writeInt32LE(head.length + document.length);
  head.writeInt32LE(1, 4);
  head.writeInt32LE(2013, 12);
  return expectReply(address, Buffer.concat([head, document]), /maxWireVersion/, signal);
}

async function get(url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`${url} answered ${response.status}`);
  return response.text();
}

async function expectReply(
  address: string,
  request: string | Buffer,
  reply: RegExp,
  signal: AbortSignal,
): Promise<void> {
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
