import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const folder = new URL("../peers/", import.meta.url);

export const peerNames: readonly string[] = [
  "grpc-js",
  "connect-node",
  "moleculer-tcp",
  "moleculer-nats",
  "nats-request",
];

const gatePeers: readonly string[] = ["echo-colyseus"];

export function isPeer(name: string): boolean {
  return peerNames.includes(name) || gatePeers.includes(name);
}

/** Peers are addressed, not imported, so that nothing of the project depends on them. */
export function peerModule(file: string): URL {
  return new URL(file, folder);
}

/**
 * Installs what the benchmark compares with, exactly as its lock file says, unless that is there already. Rejects with
 * what npm said when it fails.
 */
export async function installPeers(): Promise<void> {
  const lock = await readFile(new URL("package-lock.json", folder), "utf8");
  const stamp = new URL("node_modules/.installed-lock.json", folder);
  const installed = await readFile(stamp, "utf8").catch(() => undefined);
  if (installed === lock) return;
  console.error("Installing the peers to compare with (first run) ...");
  // None of them needs its install scripts.
  const args = [
    "ci",
    "--prefix",
    fileURLToPath(folder),
    "--ignore-scripts",
    "--loglevel=error",
    "--no-audit",
    "--no-fund",
  ];
  try {
    await promisify(execFile)("npm", args, { cwd: folder });
  } catch (error) {
    throw new Error(
      `the peers could not be installed. Check the connection to the npm registry, or leave them out with --filter trans_tcp,limit\n${error instanceof Error ? error.message : error}`,
    );
  }
  await writeFile(stamp, lock);
}
