import type { ServerReply, ServerRequest } from "../harness/messages.ts";
import type { Issue, Subject } from "../harness/subject.ts";
import { readCpuUsage } from "../harness/usage.ts";
import { Worker } from "../harness/worker.ts";
import { serverInstance } from "../rpc/m3game.ts";
import { startGate } from "./gate-server.ts";

const multi = new URL("../rpc/trans-tcp.ts", import.meta.url);
const startMs = 30_000;

/** A gate, and behind it over trans_tcp a multi server in a process of its own. */
export function gateSubject(connect: (url: string) => Promise<Issue>): Subject {
  const server = () => new Worker<ServerRequest, ServerReply>(new URL("../harness/server-main.ts", import.meta.url));
  let worker: ReturnType<typeof server> | undefined;
  return {
    async serve(services) {
      worker = server();
      const ready = worker.receive("ready", startMs);
      worker.send({ kind: "serve", subject: multi.href, services });
      const { address } = await ready;
      return { url: await startGate([serverInstance(address)]) };
    },

    async usage() {
      const own = readCpuUsage();
      const reply = worker?.receive("usage", startMs);
      worker?.send({ kind: "usage" });
      const behind = (await reply)?.usage.cpuUs ?? 0;
      return { ...own, cpuUs: own.cpuUs + behind };
    },

    connect: ({ url }) => connect(String(url)),
  };
}
