// HelloWorld that tells its parent when it is ready and, when asked, how much memory it takes.
import { SimpleSer } from "@m3game/examples/gen/simple_pb.js";
import { defineApp, multi } from "m3game";
import { readCpuUsage } from "../harness/usage.ts";
import type { AppReply } from "./messages.ts";

function reply(message: AppReply): void {
  process.send?.(message);
}

const simple = multi(SimpleSer, { helloWorld: (request) => ({ rsp: `HelloWorld , ${request.req}` }) });

export default defineApp({
  func: "simple",
  servers: [simple],
  onReady: () => {
    process.on("disconnect", () => process.exit());
    process.on("message", () => reply({ kind: "memory", rssMiB: process.memoryUsage.rss() / 2 ** 20 }));
    reply({ kind: "ready", cpuUs: readCpuUsage().cpuUs });
  },
});
