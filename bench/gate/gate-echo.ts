import { echoCalls, openClients } from "./bare-client.ts";
import { gateSubject } from "./gate-subject.ts";
import { counts } from "./sessions.ts";

export const subject = gateSubject(async (url) => echoCalls(await openClients(url, counts.echo)));
