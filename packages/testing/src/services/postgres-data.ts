import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Program } from "./find-program.ts";
import { commandFor } from "./rights.ts";

const run = promisify(execFile);

/** Makes a database cluster whose user `postgres` needs no password. */
export async function initializePostgres({ path, env }: Program, dataDir: string): Promise<void> {
  if (existsSync(join(dataDir, "PG_VERSION"))) return;
  const [command = "", ...prefix] = commandFor({ isUnprivileged: true }, join(dirname(path), "initdb"));
  const options = ["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
  await run(command, [...prefix, "-D", dataDir, ...options], { cwd: dataDir, env: { ...process.env, ...env } });
}
