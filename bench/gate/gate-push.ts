import type { Subject } from "../harness/subject.ts";
import { fanOuts, openClients } from "./bare-client.ts";
import { requestOf } from "./frames.ts";
import { order, startGate } from "./gate-server.ts";
import { counts } from "./sessions.ts";

/** To the members of a group. */
export const subject: Subject = {
  serve: async () => ({ url: await startGate([]) }),
  async connect({ url }) {
    const [control, ...members] = await openClients(String(url), counts.members + 1);
    if (control === undefined) throw new Error("there is no client");
    const join = requestOf(order.join);
    await Promise.all(members.map((member) => new Promise<Uint8Array>((resolve) => member.call(join, resolve))));
    return fanOuts(control, members, requestOf(order.push));
  },
};
