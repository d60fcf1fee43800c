import { readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAllDocuments, stringify } from "yaml";
import { root } from "../lib/root.ts";
import { type CommandResult, runCommand } from "../lib/run-command.ts";
import type { ChartTools } from "./tools.ts";

export const chartFolder = join(root, "deploy/helm/m3game");

/** The oldest and the newest Kubernetes that the chart is checked for. */
export const kubernetesVersions: readonly string[] = ["1.30", "1.37"];

/** Those of which there is no schema: they are of operators, not of Kubernetes. */
const foreign: readonly string[] = ["ServiceMonitor"];

/** The files with values that the chart is checked with. */
export const valuesFiles: readonly string[] = readdirSync(join(chartFolder, "ci")).map((name) =>
  join(chartFolder, "ci", name),
);

/** What every object has, and what one of its kind may. */
export interface KubernetesObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
  // biome-ignore lint/suspicious/noExplicitAny: the schemas have checked it, a test looks at what it wants to see
  readonly spec?: any;
}

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

  /** Checks objects by the schemas of one version, which allow no unknown key. `output` says what is wrong. */
  async validate(objects: readonly KubernetesObject[], version: string): Promise<CommandResult> {
    const folder = await mkdtemp(join(tmpdir(), "m3game-chart-"));
    try {
      const file = join(folder, "objects.yaml");
      const known = objects.filter(({ kind }) => !foreign.includes(kind));
      await writeFile(file, known.map((object) => stringify(object)).join("---\n"));
      const args = ["-m", "kubernetes_validate", "--strict", "--quiet", "--kubernetes-version", version, file];
      return await runCommand("python3", args, { env: this.#tools.pythonEnv });
    } finally {
      await rm(folder, { recursive: true });
    }
  }

  #helm(...args: readonly string[]): Promise<CommandResult> {
    const { path, env } = this.#tools.helm;
    return runCommand(path, args, { env });
  }
}
