import type { ClientReply, ClientRequest, ServerReply, ServerRequest } from "./messages.ts";
import type { Sample } from "./result.ts";
import type { Services } from "./subject.ts";
import { cpuRate } from "./usage.ts";
import { Worker } from "./worker.ts";

export interface PairOptions {
  /** Address of the module that exports the subject. */
  readonly subject: URL;
  readonly services: Services;
  readonly inFlight: number;
  readonly warmupMs: number;
  /** How many calls at least are in flight while warming up. */
  readonly warmupInFlight: number;
  readonly measureMs: number;
}

// Long enough for tens of thousands of clients to connect first.
const startTimeoutMs = 120_000;
const usageTimeoutMs = 10_000;

/** Measures one subject once, with a client and a server in two fresh processes. */
export async function measurePair(options: PairOptions): Promise<Sample> {
  const { subject, services, ...load } = options;
  await using server = new Worker<ServerRequest, ServerReply>(new URL("server-main.ts", import.meta.url));
  server.send({ kind: "serve", subject: subject.href, services });
  const { address } = await server.receive("ready", startTimeoutMs);

  await using client = new Worker<ClientRequest, ClientReply>(new URL("client-main.ts", import.meta.url));
  client.send({ kind: "run", subject: subject.href, services, address, ...load });
  await client.receive("measuring", startTimeoutMs + load.warmupMs);
  const stopped = client.receive("stopped", startTimeoutMs + load.measureMs);
  const measured = client.receive("measured", 2 * startTimeoutMs + load.measureMs);
  const [serverBefore] = await Promise.all([readServer(server), stopped]);
  const serverAfter = await readServer(server);
  const result = await measured;

  // The two processes can't be read at the same instant, so CPU is added as rates: microseconds per second.
  const opsPerSec = result.count / (result.elapsedMs / 1000);
  const serverUsPerSec = cpuRate(serverBefore, serverAfter);
  const cpuUsPerSec = cpuRate(result.before, result.after) + serverUsPerSec;
  return {
    opsPerSec,
    ...result.latency,
    cpuUsPerOp: cpuUsPerSec / opsPerSec,
    more: { "of it server": serverUsPerSec / opsPerSec },
  };
}

async function readServer(server: Worker<ServerRequest, ServerReply>) {
  const reply = server.receive("usage", usageTimeoutMs);
  server.send({ kind: "usage" });
  return (await reply).usage;
}
