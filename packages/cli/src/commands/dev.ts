import { dirname, resolve } from "node:path";
import { systemClock } from "m3game";
import { type CommandIo, UsageError } from "../command.ts";
import { ClusterProcess } from "../dev/cluster-process.ts";
import { FileWatch } from "../dev/file-watch.ts";
import { PageServer } from "../dev/page-server.ts";
import { superviseCluster } from "../dev/supervise-cluster.ts";
import { hostApps } from "../host/host-apps.ts";
import { startClusterFile } from "../host/start-cluster-file.ts";
import { parseOptions } from "../parse-options.ts";

export const help = `m3 dev <cluster.ts> [--page FOLDER | --no-watch]

Runs many apps in one process, on a registry and a broker in memory, and starts
them again when a .ts, .js, .json or .toml file changes under the folder of the
cluster file. Calls that run are finished first. A broken file is reported, and
the next change tried.

  --page FOLDER  serves the page in this folder with Vite, which shows its
                 changes by itself
  --no-watch     runs the apps once, without looking for changes

The cluster file exports a list of apps as its default:
  import type { ClusterMember } from "m3game";
  import simple from "./simpleapp/app.ts";
  export default [
    { app: simple, id: "example.world1.simple.1", config: "simple.toml" },
  ] satisfies readonly ClusterMember[];

config is TOML text, or the path of a .toml file beside the cluster file.
Variables M3__Table__Key override the configs of all apps. SIGINT, SIGTERM and
SIGHUP end it in order; a second one later than a second ends it at once.
`;

export async function execute(io: CommandIo): Promise<number> {
  const { values, positionals } = parseOptions(io.argv, { "no-watch": { type: "boolean" }, page: { type: "string" } });
  const [file, ...more] = positionals;
  if (file === undefined) throw new UsageError("which cluster? Name the file that lists its apps");
  if (more.length > 0) throw new UsageError(`one cluster file, please; ${more.join(" ")} is too much`);
  const { page } = values;
  if (values["no-watch"]) {
    if (page !== undefined) throw new UsageError("--page and --no-watch don't go together: leave one of them out");
    return runOnce(file, io);
  }
  const pageServer = page === undefined ? undefined : new PageServer(page, io.env);
  await using watch = new FileWatch(dirname(resolve(file)), page === undefined ? [] : [resolve(page)]);
  const start = () => new ClusterProcess(["dev", "--no-watch", file], io.env);
  return await superviseCluster({ ...io, clock: systemClock, watch, start, ...(pageServer && { page: pageServer }) });
}

function runOnce(file: string, io: CommandIo): Promise<number> {
  const start = async (signal: AbortSignal) => {
    const cluster = await startClusterFile(file, { env: io.env, stdout: io.stdout, signal });
    return { apps: cluster.apps, stop: () => cluster[Symbol.asyncDispose]() };
  };
  return hostApps(start, io);
}
