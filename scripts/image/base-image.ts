import { cp, mkdir, mkdtemp, realpath, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { findProgram } from "@m3game/testing/services";
import { root } from "../lib/root.ts";
import { runCommand } from "../lib/run-command.ts";
import { buildah, hasImage } from "./buildah.ts";

const name = "localhost/m3game-base";
const authorities = "/etc/ssl/certs/ca-certificates.crt";

/** An image as the Dockerfile's BASE: a small Debian, with the Node of the checkout and the machine's npm. Resolves with its name. */
export async function buildBase(tell: (line: string) => void): Promise<string> {
  if (await hasImage(name)) return name;
  tell("Building a base image of Debian's packages ...");
  const folder = await mkdtemp(join(tmpdir(), "m3game-base-"));
  try {
    const [system, tools] = [join(folder, "system.tar"), join(folder, "tools")];
    await run("mmdebstrap", "--variant=minbase", "--include=ca-certificates,libstdc++6", "bookworm", system);
    await layOutTools(tools);
    const container = await buildah("from", "scratch");
    await buildah("add", "--quiet", container, system, "/");
    await buildah("add", "--quiet", container, tools, "/");
    await buildah(
      "config",
      "--env",
      "PATH=/usr/local/bin:/usr/bin:/bin",
      "--env",
      `NODE_EXTRA_CA_CERTS=${authorities}`,
      container,
    );
    await buildah("commit", "--quiet", "--rm", container, name);
    return name;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function layOutTools(folder: string): Promise<void> {
  const bin = join(folder, "usr/local/bin");
  await mkdir(bin, { recursive: true });
  await cp(join(root, `node_modules/node-${process.platform}-${process.arch}/bin/node`), join(bin, "node"));
  const npm = findProgram("npm", undefined)?.path;
  if (npm === undefined) throw new Error("there is no npm on the PATH");
  // The program lies in the bin folder of the package.
  const source = dirname(dirname(await realpath(npm)));
  await cp(source, join(folder, "usr/local/lib/node_modules/npm"), { recursive: true });
  await symlink("../lib/node_modules/npm/bin/npm-cli.js", join(bin, "npm"));
  // What this machine trusts the build must trust, too.
  await cp(authorities, join(folder, authorities), { dereference: true });
}

async function run(program: string, ...args: readonly string[]): Promise<void> {
  const { ok, output } = await runCommand(program, args);
  if (!ok) throw new Error(`${program} failed; where there is none, Debian has it:\n${output}`);
}
