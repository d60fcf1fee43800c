// `npm start` and `npm run examples`: all examples in one process, without any server installed.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeApp, describeError, ExitCode, hostApps, loadCluster, startClusterFile } from "@m3game/cli";
import { type ClusterMember, startCluster } from "m3game";
import { root } from "./lib/root.ts";
import { runSmoke } from "./start/smoke.ts";
import { smokeRestart } from "./start/smoke-calls.ts";

const usage = `npm start [-- --smoke]

  --smoke  calls every method, prints what came back and ends: 0 when all is well, 1 otherwise
`;

const { env, stdout, stderr, stdin } = process;
for (const stream of [stdout, stderr]) stream.on("error", () => {});
const clusterFile = join(root, "examples/cluster.ts");
const callCommand = "npm run m3 -- call";
// After which a player goes offline, which a mode of the example client waits for.
const idleSeconds = "1";
const isTerminal = stdin.isTTY || stdout.isTTY;

process.exit(await main(process.argv.slice(2)));

/** Runs one command line and resolves with its exit code. */
async function main(args: readonly string[]): Promise<number> {
  const unknown = args.filter((arg) => arg !== "--smoke");
  if (unknown.length > 0) {
    stderr.write(`Unknown argument: ${unknown.join(" ")}.\n\n${usage}`);
    return ExitCode.USAGE;
  }
  try {
    return await (args.length > 0 ? smoke() : run());
  } catch (error) {
    stderr.write(`${describeError(error, Boolean(env.M3_DEBUG))}\n`);
    return ExitCode.FAILED;
  }
}

function run(): Promise<number> {
  const start = async (signal: AbortSignal) => {
    const cluster = await startClusterFile(clusterFile, { env, stdout, callCommand, signal });
    stdout.write("Ctrl-C stops them.\n");
    return { apps: cluster.apps, stop: () => cluster[Symbol.asyncDispose]() };
  };
  return hostApps(start, { stdout, stderr, signals: process, isTerminal });
}

async function smoke(): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "m3game-smoke-"));
  try {
    const members = await loadCluster(clusterFile, env);
    return await smokeWith(members.map((member) => withOwnStore(member, join(folder, "smoke.sqlite"))));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function smokeWith(members: readonly ClusterMember[]): Promise<number> {
  await using cluster = await startCluster(members);
  for (const { app, id } of members) stdout.write(describeApp(cluster.app(id), app, callCommand));
  return (await runSmoke(cluster, members, stdout)) ? ExitCode.OK : ExitCode.FAILED;
}

/** What it finds does not depend on earlier runs, and it leaves nothing behind. */
function withOwnStore(member: ClusterMember, file: string): ClusterMember {
  if (!smokeRestart.apps.includes(member.id)) return member;
  const env = { M3__Plugin__DB__db_sqlite__File: file, M3__Server__Actor__ActiveTimeOut: idleSeconds };
  return { ...member, env: { ...member.env, ...env } };
}
