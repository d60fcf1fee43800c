import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Output } from "@m3game/cli";
import { type DemoProcess, demoProcesses } from "@m3game/demo/processes";
import { Code, M3Error, parseAppId } from "m3game";
import { root } from "../lib/root.ts";
import { mergeSections, type Sections, variablesFor } from "../start/variables.ts";
import { AppProcess } from "./app-process.ts";
import { type ClusterServices, startServices } from "./cluster-services.ts";

const quiet = { "Plugin.Log.log_pino": { LogLevel: "WARN", Encoding: "console" } };

/** What the keys of a cluster begin with in Redis. */
export function storePrefix(world: string): string {
  return `demo.${world}`;
}

export interface DemoClusterOptions {
  /** The second part of all app ids: clusters in different worlds share their servers and nothing else. */
  readonly world: string;
  /** How many processes each app has. @default 2 */
  readonly instances?: number;
  /** The environment of the processes; its `M3__Table__Key` override what the config files say. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What configs that have these sections say in them. */
  readonly sections?: Sections;
  /** Which apps there are, by function. @default all */
  readonly functions?: readonly string[];
  /** Its servers; they end with it. @default those that `npm run services` has up, and the missing ones started */
  readonly services?: ClusterServices;
  /** Other files than the demo's app.ts, from the project's root, by function. */
  readonly files?: Readonly<Record<string, string>>;
  /** Where the config files are, from the project's root. @default demo/config */
  readonly configDir?: string;
  /** Further variables, by function and by app id. */
  readonly envs?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Told what the apps print. */
  readonly stdout: Output;
  /** Aborting ends a start that is under way. */
  readonly signal?: AbortSignal;
}

/** The demo as processes over real servers. Disposing ends the processes in order, then the servers that were started for them. */
export class DemoCluster implements AsyncDisposable {
  readonly #services: ClusterServices;
  readonly #options: DemoClusterOptions;
  readonly #groups: AppProcess[][] = [];

  /** Resolves when all are ready. Rejects with the first failure, with the others ended again. */
  static async start(options: DemoClusterOptions): Promise<DemoCluster> {
    const { world, functions, instances } = options;
    const cluster = new DemoCluster(options.services ?? (await startServices(storePrefix(world))), options);
    const processes = demoProcesses(world, instances).filter(({ func }) => functions?.includes(func) ?? true);
    try {
      for (const group of Map.groupBy(processes, ({ func }) => func).values()) {
        if (options.signal?.aborted)
          throw new M3Error(Code.CANCELLED, "the start was stopped", { reason: "CANCELLED" });
        await cluster.#startGroup(group);
      }
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(services: ClusterServices, options: DemoClusterOptions) {
    this.#services = services;
    this.#options = options;
  }

  get processes(): readonly AppProcess[] {
    return this.#groups.flat();
  }

  /** Where the gates take WebSockets. */
  get gates(): readonly string[] {
    return this.processes.flatMap((process) => process.endpoint("ws") ?? []);
  }

  /** Starts one more; its own variables count most. Resolves when it is ready. */
  async add(process: DemoProcess): Promise<AppProcess> {
    const started = await this.#start(process, process.env);
    this.#groups.push([started]);
    return started;
  }

  /** The variables that lead from the config of this function to this cluster. */
  variables(func: string): Readonly<Record<string, string>> {
    const config = readFileSync(this.#config(func), "utf8");
    return variablesFor(config, mergeSections(quiet, this.#services.sections, this.#options.sections ?? {}));
  }

  /** Kills all processes of these functions at a time. Resolves when all of them are back. */
  async crash(funcs: readonly string[]): Promise<void> {
    const victims = this.processes.filter(({ id }) => funcs.includes(parseAppId(id).func));
    await Promise.all(victims.map((process) => process.crash()));
  }

  /**
   * One after the other, those that call others before them: what is under way is finished, and what the first of two owns goes to the
   * second, not both to each other.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.processes.toReversed()) await process.stop();
    await this.#services[Symbol.asyncDispose]();
  }

  async #startGroup(group: readonly DemoProcess[]): Promise<void> {
    const outcomes = await Promise.allSettled(group.map((process) => this.#start(process)));
    this.#groups.push(outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : [])));
    const failure = outcomes.find((outcome) => outcome.status === "rejected");
    if (failure !== undefined) throw failure.reason;
  }

  #config(func: string): string {
    return resolve(root, this.#options.configDir ?? "demo/config", `${func}app.toml`);
  }

  #start(process: DemoProcess, last: DemoProcess["env"] = {}): Promise<AppProcess> {
    const { env, envs, files, stdout } = this.#options;
    const { func, id, config = this.#config(func) } = process;
    const file = process.file ?? files?.[func];
    const own = { ...process.env, ...envs?.[func], ...envs?.[id], ...last };
    return AppProcess.start(
      { ...process, config, ...(file !== undefined && { file }) },
      { ...this.variables(func), ...own, ...env },
      stdout,
    );
  }
}
