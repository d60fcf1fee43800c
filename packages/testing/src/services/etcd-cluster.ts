import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { findFreePorts } from "./free-ports.ts";
import { type LaunchedService, launchService } from "./launch-service.ts";

const status = z.object({ header: z.object({ member_id: z.string() }), leader: z.string() });

/** Three members of one etcd. Disposing ends them. */
export class EtcdCluster implements AsyncDisposable {
  readonly members: readonly LaunchedService[];

  /** Starts the members on free ports, and resolves when all answer. Rejects, with nothing left running, when one does not. */
  static async start(): Promise<EtcdCluster> {
    const ports = await findFreePorts(3);
    const urls = ports.map((port) => `http://127.0.0.1:${port}`);
    const all = urls.map((url, index) => `member-${index}=${url}`).join(",");
    const launches = urls.map((url, index) => {
      const peers = ["--listen-peer-urls", url, "--initial-advertise-peer-urls", url, "--initial-cluster", all];
      return launchService("etcd", { args: ["--name", `member-${index}`, ...peers] });
    });
    const results = await Promise.allSettled(launches);
    const members = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
    const cluster = new EtcdCluster(members);
    if (members.length === launches.length) return cluster;
    await cluster[Symbol.asyncDispose]();
    throw new Error(
      `etcd did not start: ${results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []))}`,
    );
  }

  private constructor(members: readonly LaunchedService[]) {
    this.members = members;
  }

  /** All of them, as a config names them. */
  get endpoints(): string {
    return this.members.map(({ address }) => address).join(",");
  }

  /** The member that leads now; while they elect another, that one. All of them have to answer. */
  async leader(): Promise<LaunchedService> {
    for (;;) {
      for (const member of this.members) {
        const response = await fetch(`http://${member.address}/v3/maintenance/status`, { method: "POST", body: "{}" });
        const { header, leader } = status.parse(await response.json());
        if (header.member_id === leader) return member;
      }
      await delay(50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.members.map((member) => member[Symbol.asyncDispose]()));
  }
}
