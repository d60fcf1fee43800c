import type { Subject } from "../harness/subject.ts";
import { fanOuts, openClients } from "./bare-client.ts";
import { answerContent, pushFrame, requestOf } from "./frames.ts";
import { order, pushed } from "./gate-server.ts";
import { counts } from "./sessions.ts";
import { sendBack, startWs } from "./ws-server.ts";

const go = requestOf(order.push);

/** One buffer to each socket but the one that asks for it. */
export const subject: Subject = {
  async serve() {
    const push = pushFrame(pushed);
    const url = await startWs((message, socket, all) => {
      if (Buffer.compare(answerContent(message), go) !== 0) return sendBack(message, socket);
      for (const each of all) if (each !== socket) each.send(push);
    });
    return { url };
  },
  async connect({ url }) {
    const [control, ...members] = await openClients(String(url), counts.members + 1);
    if (control === undefined) throw new Error("there is no client");
    return fanOuts(control, members, go);
  },
};
