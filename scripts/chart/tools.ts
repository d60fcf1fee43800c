import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { findProgram, findServicesDir, type Program } from "@m3game/testing/services";
import { root } from "../lib/root.ts";
import { runCommand } from "../lib/run-command.ts";

/** Where the programs of the tests are. */
const cache = findServicesDir() ?? join(root, ".services");
const python = join(cache, "python");
/** Ships the schemas of all versions of Kubernetes. */
const validator = "kubernetes-validate==1.37.0";

/** What looks at the chart. */
export interface ChartTools {
  readonly helm: Program;
  /** The environment in which Python finds `kubernetes_validate`. */
  readonly pythonEnv: Readonly<Record<string, string>>;
}

/** Undefined when one of them is missing. */
export function findChartTools(): ChartTools | undefined {
  const helm = findProgram("helm", cache);
  if (helm === undefined || !existsSync(join(python, "kubernetes_validate"))) return undefined;
  return { helm, pythonEnv: { PYTHONPATH: [python, process.env.PYTHONPATH].filter(Boolean).join(delimiter) } };
}

/** Gets those that are missing: helm is built by Go, which takes some minutes, the schemas come from Python's registry. */
export async function getChartTools(tell: (line: string) => void): Promise<ChartTools> {
  if (findProgram("helm", cache) === undefined) {
    tell("Building helm with Go, which takes some minutes ...");
    const output = join(cache, "root/usr/bin/helm");
    await mkdir(dirname(output), { recursive: true });
    const folder = join(import.meta.dirname, "helm");
    await run("go", ["build", "-o", output, "helm.sh/helm/v3/cmd/helm"], folder);
  }
  if (!existsSync(join(python, "kubernetes_validate"))) {
    tell("Getting the schemas of Kubernetes with pip ...");
    await run("python3", ["-m", "pip", "install", "--quiet", "--target", python, validator], root);
  }
  const tools = findChartTools();
  if (tools === undefined) throw new Error(`helm or the schemas are not where they should be, in ${cache}`);
  return tools;
}

async function run(program: string, args: readonly string[], cwd: string): Promise<void> {
  const { ok, output } = await runCommand(program, args, { cwd, env: { GOFLAGS: "-mod=readonly" } });
  if (!ok) throw new Error(`${program} ${args.join(" ")} failed:\n${output}`);
}
