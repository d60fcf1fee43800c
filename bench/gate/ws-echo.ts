import type { Subject } from "../harness/subject.ts";
import { echoCalls, openClients } from "./bare-client.ts";
import { counts } from "./sessions.ts";
import { sendBack, startWs } from "./ws-server.ts";

export const subject: Subject = {
  serve: async () => ({ url: await startWs(sendBack) }),
  connect: async ({ url }) => echoCalls(await openClients(String(url), counts.echo)),
};
