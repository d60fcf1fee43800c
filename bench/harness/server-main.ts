// The server's process: serves one subject, reports its own CPU time, ends with its parent.
import { loadSubject } from "./load-subject.ts";
import type { ServerReply, ServerRequest } from "./messages.ts";
import type { Subject } from "./subject.ts";
import { readCpuUsage } from "./usage.ts";

function reply(message: ServerReply): void {
  process.send?.(message);
}

process.on("disconnect", () => process.exit());
let subject: Subject | undefined;

process.on("message", async (request: ServerRequest) => {
  if (request.kind === "usage") {
    reply({ kind: "usage", usage: (await subject?.usage?.()) ?? readCpuUsage() });
    return;
  }
  subject = await loadSubject(request.subject);
  reply({ kind: "ready", address: await subject.serve(request.services) });
});
