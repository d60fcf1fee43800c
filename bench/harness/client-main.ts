// The client's process: connects one subject, drives the load once, ends with its parent.
import { driveLoad } from "./load.ts";
import { loadSubject } from "./load-subject.ts";
import type { ClientReply, ClientRequest } from "./messages.ts";
import { summarizeLatency } from "./stats.ts";

function reply(message: ClientReply): void {
  process.send?.(message);
}

process.on("disconnect", () => process.exit());
process.on("message", async (request: ClientRequest) => {
  const subject = await loadSubject(request.subject);
  const issue = await subject.connect(request.address, request.services);
  const { latenciesMs, elapsedMs, before, after } = await driveLoad(issue, {
    inFlight: request.inFlight,
    warmupMs: request.warmupMs,
    warmupInFlight: request.warmupInFlight,
    measureMs: request.measureMs,
    onMeasure: () => reply({ kind: "measuring" }),
  });
  reply({ kind: "stopped" });
  const latency = summarizeLatency(latenciesMs);
  reply({ kind: "measured", latency, count: latenciesMs.length, elapsedMs, before, after });
});
