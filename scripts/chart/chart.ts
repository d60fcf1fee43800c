import { globSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import { root } from "../lib/root.ts";
import { type CommandResult, runCommand } from "../lib/run-command.ts";
import type { KubernetesObject } from "./kubernetes-object.ts";
import { checkOperatorObjects, isOperatorObject } from "./operator-objects.ts";
import type { ChartTools } from "./tools.ts";

export const chartFolder = join(root, "deploy/helm/m3game");

/** The oldest and the newest Kubernetes that the chart is checked for. */
export const kubernetesVersions: readonly string[] = ["1.30", "1.37"];

/** The files with values that the chart is checked with: those for users, and those for the checks alone. */
export const valuesFiles: readonly string[] = globSync(["values-*.yaml", "ci/*.yaml"], { cwd: chartFolder }).map(
  (name) => join(chartFolder, name),
);

/** The chart with some values, a file or the values themselves. */
export class Chart {
  readonly #tools: ChartTools;

  constructor(tools: ChartTools) {
    this.#tools = tools;
  }

  lint(values: string): Promise<CommandResult> {
    return this.#helm("lint", "--strict", "--quiet", chartFolder, "--values", values);
  }

  /** `helm template`, for the oldest Kubernetes. */
  template(values: string): Promise<CommandResult> {
    const version = `${kubernetesVersions[0]}.0`;
    return this.#helm("template", "game", chartFolder, "--kube-version", version, "--values", values);
  }

  /** The objects that the chart makes. Rejects with what helm says. */
  async render(values: string): Promise<readonly KubernetesObject[]> {
    const { ok, stdout, output } = await this.template(values);
    if (!ok) throw new Error(output);
    return parseAllDocuments(stdout)
      .map((document): KubernetesObject | null => document.toJS())
      .filter((object) => object !== null);
  }

  /**
   * Checks objects, by the names of what they were made of, by the schemas of one version and of the Prometheus operator. Allows no
   * unknown key. `output` says what is wrong, with the name.
   */
  async validate(made: Readonly<Record<string, readonly KubernetesObject[]>>, version: string): Promise<CommandResult> {
    const problems = Object.entries(made).flatMap(([name, objects]) =>
      checkOperatorObjects(objects.filter(isOperatorObject)).map((problem) => `${name}: ${problem}`),
    );
    if (problems.length > 0) return { ok: false, stdout: "", output: problems.join("\n") };
    const folder = await mkdtemp(join(tmpdir(), "m3game-chart-"));
    try {
      const files = Object.entries(made).map(async ([name, objects]) => {
        const own = objects.filter((object) => !isOperatorObject(object));
        const file = join(folder, name);
        await writeFile(file, own.map((object) => stringify(object)).join("---\n"));
        return file;
      });
      const args = ["-m", "kubernetes_validate", "--strict", "--quiet", "--kubernetes-version", version];
      return await runCommand("python3", [...args, ...(await Promise.all(files))], { env: this.#tools.pythonEnv });
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  #helm(...args: readonly string[]): Promise<CommandResult> {
    const { path, env } = this.#tools.helm;
    return runCommand(path, args, { env });
  }
}
