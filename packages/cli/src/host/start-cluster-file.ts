import { type Cluster, startCluster } from "m3game";
import type { Output } from "../command.ts";
import { loadCluster } from "../load/load-cluster.ts";
import { describeApp } from "./describe-app.ts";

/** What a cluster file is started with. */
export interface StartClusterFileOptions {
  /** Variables that override the configs of all apps, `M3__Table__Key`. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Told of each app: its id, its addresses and a call to try. */
  readonly stdout: Output;
  /** How `m3 call` is run here. @default `m3 call` */
  readonly callCommand?: string;
  /** Aborting ends a start that is under way: it then rejects with CANCELLED. */
  readonly signal?: AbortSignal;
}

/** Starts the apps of a cluster file in this process. Rejects with the first failure, with the others stopped again. */
export async function startClusterFile(file: string, options: StartClusterFileOptions): Promise<Cluster> {
  const { env, stdout, callCommand = "m3 call", signal } = options;
  const members = await loadCluster(file, env);
  const cluster = await startCluster(members.map((member) => ({ ...member, ...(signal && { signal }) })));
  for (const [index, { app: definition }] of members.entries()) {
    const app = cluster.apps[index];
    if (app !== undefined) stdout.write(describeApp(app, definition, callCommand));
  }
  return cluster;
}
