import { echoCalls, keepAlive, openClients } from "./bare-client.ts";
import { gateSubject } from "./gate-subject.ts";
import { counts } from "./sessions.ts";

export const subject = gateSubject(async (url) => {
  keepAlive(await openClients(url, counts.idle));
  return echoCalls(await openClients(url, counts.few, counts.idle));
});
