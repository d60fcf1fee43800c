import type { Subject } from "../harness/subject.ts";
import { connectMoleculer, serveMoleculer, serverId, type Transporter } from "./moleculer.ts";

// Nodes are named instead of found by UDP multicast, which a benchmark has no need of.
function tcp(urls: string): Transporter {
  return { type: "TCP", options: { udpDiscovery: false, useHostname: false, urls } };
}

export const subject: Subject = {
  async serve() {
    const broker = await serveMoleculer(tcp(""));
    return { port: broker.getLocalNodeInfo().port ?? 0 };
  },

  connect({ port }) {
    return connectMoleculer(tcp(`127.0.0.1:${port}/${serverId}`));
  },
};
