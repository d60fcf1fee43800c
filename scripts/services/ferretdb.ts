import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { serviceDefinitions } from "@m3game/testing/services";
import { programRoot } from "./paths.ts";

const run = promisify(execFile);

/** Builds the server of MongoDB's protocol into the folder of programs. Go downloads what it is made of. */
export async function buildFerretDb(): Promise<void> {
  const output = join(programRoot, "usr", "bin", serviceDefinitions.mongo.binary);
  mkdirSync(dirname(output), { recursive: true });
  const source = join(import.meta.dirname, "ferretdb");
  await run("go", ["build", "-o", output, "."], { cwd: source, env: { ...process.env, GOFLAGS: "-mod=readonly" } });
}
