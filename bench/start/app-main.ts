// The process that is started and looked at: HelloWorld, without a lease plugin, on embedded router and broker.
import { SimpleSer } from "@m3game/examples/gen/simple_pb.js";
import { defineApp, multi, type PluginDefinition, startApp } from "m3game";
import { readCpuUsage } from "../harness/usage.ts";
import type { AppReply, AppRequest } from "./messages.ts";

// Loaded as wanted: what an app does not use must not count.
const transports: Readonly<Record<string, () => Promise<PluginDefinition<"trans">>>> = {
  trans_tcp: async () => (await import("@m3game/trans-tcp")).transTcp,
  trans_http2: async () => (await import("@m3game/trans-http2")).transHttp2,
};

function reply(message: AppReply): void {
  process.send?.(message);
}

async function start(names: readonly string[]): Promise<void> {
  const plugins = await Promise.all(
    Object.entries(transports).flatMap(([name, load]) => (names.includes(name) ? [load()] : [])),
  );
  const simple = multi(SimpleSer, { helloWorld: (request) => ({ rsp: `HelloWorld , ${request.req}` }) });
  const config = plugins.map(({ name }) => `[[Plugin.Trans.${name}]]\nHost = "127.0.0.1"\nPort = 0\n`).join("");
  await startApp(defineApp({ func: "simple", servers: [simple], plugins }), { id: "bench.world1.simple.1", config });
  reply({ kind: "ready", cpuUs: readCpuUsage().cpuUs });
}

process.on("disconnect", () => process.exit());
process.on("message", async (request: AppRequest) => {
  if (request.kind === "start") await start(request.trans);
  else reply({ kind: "memory", rssMiB: process.memoryUsage.rss() / 2 ** 20 });
});
