import { usedBytes } from "../harness/memory.ts";
import type { Sample } from "../harness/result.ts";
import type { SoloMeasure } from "../harness/solo-subject.ts";
import { Worker } from "../harness/worker.ts";
import type { ClientsReply, ClientsRequest } from "./clients-main.ts";
import { startGate } from "./gate-server.ts";
import { sendBack, startWs } from "./ws-server.ts";

const openMs = 120_000;
// The code that runs takes memory too, but only once.
const warm = 4000;

/** What an idle session takes, its socket included. */
export const idleSessions: SoloMeasure = ({ params }) => measureIdle(() => startGate([]), params.sessions ?? 1);

/** What the socket takes. */
export const idleSockets: SoloMeasure = ({ params }) => measureIdle(() => startWs(sendBack), params.sessions ?? 1);

async function measureIdle(start: () => Promise<string>, count: number): Promise<Sample> {
  const url = await start();
  await using clients = new Worker<ClientsRequest, ClientsReply>(new URL("clients-main.ts", import.meta.url));
  const open = async (more: number, from: number) => {
    const opened = clients.receive("open", openMs);
    clients.send({ url, count: more, from });
    await opened;
  };
  await open(warm, 0);
  const before = { used: usedBytes(), rss: process.memoryUsage.rss(), at: performance.now(), cpu: process.cpuUsage() };
  await open(count, warm);
  const msEach = (performance.now() - before.at) / count;
  const { user, system } = process.cpuUsage(before.cpu);
  const bytes = (usedBytes() - before.used) / count;
  return {
    opsPerSec: 1000 / msEach,
    ...{ p50Ms: msEach, p99Ms: msEach, p999Ms: msEach },
    cpuUsPerOp: (user + system) / count,
    more: { "bytes/session": bytes, "RSS/session": (process.memoryUsage.rss() - before.rss) / count },
  };
}
