import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { findProgram, findServicesDir, type Program } from "@m3game/testing/services";
import { root } from "../lib/root.ts";
import { runCommand } from "../lib/run-command.ts";

export const composeFile = join(root, "deploy/compose.yaml");

const cache = findServicesDir() ?? join(root, ".services");
const binary = "m3game-compose";

/** A service, with all that it inherits. */
export interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly target?: string };
  readonly command: readonly string[] | null;
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly ports?: readonly { readonly host_ip?: string; readonly target: number; readonly published: string }[];
}

export interface ComposeProject {
  readonly name: string;
  readonly services: Readonly<Record<string, ComposeService>>;
}

/** What reads compose files; undefined when it was not built yet. */
export function findComposeReader(): Program | undefined {
  return findProgram(binary, cache);
}

/** Builds it with Go, of Docker Compose's own library. */
export async function buildComposeReader(): Promise<Program> {
  const output = join(cache, "root/usr/bin", binary);
  await mkdir(dirname(output), { recursive: true });
  const args = ["build", "-o", output, "."];
  const built = await runCommand("go", args, { cwd: import.meta.dirname, env: { GOFLAGS: "-mod=readonly" } });
  if (!built.ok) throw new Error(`go ${args.join(" ")} failed:\n${built.output}`);
  return { path: output, env: {} };
}

/** What a compose file means, as Docker Compose reads it. Rejects with what it finds wrong. */
export async function readCompose(reader: Program, file: string): Promise<ComposeProject> {
  const { ok, stdout, output } = await runCommand(reader.path, [file], { env: reader.env });
  if (!ok) throw new Error(output);
  return JSON.parse(stdout);
}
