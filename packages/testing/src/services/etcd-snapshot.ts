import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { LaunchedService } from "./launch-service.ts";
import { findServicesDir } from "./services-dir.ts";
import { findTool } from "./tools.ts";

/** What an etcd knew at one moment, as its operators save it. Disposing removes it. */
export class EtcdSnapshot implements AsyncDisposable {
  readonly #folder: string;

  /** Rejects when etcdctl is not on this machine, or can't save. */
  static async save(etcd: LaunchedService): Promise<EtcdSnapshot> {
    const snapshot = new EtcdSnapshot(await mkdtemp(join(tmpdir(), "m3game-etcd-snapshot-")));
    try {
      await etcdctl("--endpoints", etcd.address, "snapshot", "save", snapshot.#file);
      return snapshot;
    } catch (error) {
      await snapshot[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(folder: string) {
    this.#folder = folder;
  }

  get #file(): string {
    return join(this.#folder, "snapshot.db");
  }

  /** Makes it the data of a server that is stopped, as a new cluster. */
  async restore(etcd: LaunchedService): Promise<void> {
    await etcd.wipe();
    const peer = "http://127.0.0.1:2380";
    await etcdctl(
      ...["snapshot", "restore", this.#file, "--data-dir", etcd.dataDir, "--name", "restored"],
      ...["--initial-advertise-peer-urls", peer, "--initial-cluster", `restored=${peer}`],
      // By it the cluster's id is another one, so that nobody takes its counters for those of before.
      ...["--initial-cluster-token", randomUUID()],
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }
}

async function etcdctl(...args: readonly string[]): Promise<void> {
  const program = findTool("etcdctl", findServicesDir());
  if (program === undefined) {
    throw new Error('there is no etcdctl on this machine: run "npm run services -- up etcdctl" once');
  }
  await promisify(execFile)(program.path, [...args], { env: { ...process.env, ...program.env, ETCDCTL_API: "3" } });
}
