import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { findFreePorts, type Program, type ServiceDefinition, startServer } from "@m3game/testing/services";

const run = promisify(execFile);

/** A sample of an instant query. */
export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A rule, its expression as Prometheus writes it. */
export interface Rule {
  readonly name: string;
  readonly query: string;
}

/** A Prometheus that scrapes some targets each second and knows the rules of some files. Disposing ends it. */
export class Prometheus implements AsyncDisposable {
  readonly #address: string;
  readonly #cleanup: AsyncDisposableStack;

  static async start(program: Program, targets: readonly string[], rules: readonly string[]): Promise<Prometheus> {
    await using cleanup = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), "m3game-prometheus-"));
    cleanup.defer(() => rm(folder, { recursive: true, force: true }));
    const config = join(folder, "prometheus.yml");
    // JSON is YAML too.
    const job = { job_name: "m3", scrape_interval: "1s", static_configs: [{ targets }] };
    await writeFile(config, JSON.stringify({ scrape_configs: [job], rule_files: rules }));
    const definition: ServiceDefinition = {
      binary: "prometheus",
      portCount: 1,
      args: ([port], data) => [
        ...["--config.file", config, "--storage.tsdb.path", data, "--log.level", "warn"],
        ...["--web.listen-address", `127.0.0.1:${port}`],
      ],
      async probe(address, signal) {
        const { ok } = await fetch(`http://${address}/-/ready`, { signal });
        if (!ok) throw new Error("it is not ready");
      },
    };
    const ports = await findFreePorts(1);
    const dataDir = join(folder, "data");
    const child = await startServer({ definition, program, ports, dataDir, logFile: join(folder, "log") });
    cleanup.defer(async () => {
      const exited = once(child, "exit");
      child.kill("SIGKILL");
      await exited;
    });
    return new Prometheus(`127.0.0.1:${ports[0]}`, cleanup.move());
  }

  private constructor(address: string, cleanup: AsyncDisposableStack) {
    this.#address = address;
    this.#cleanup = cleanup;
  }

  /** What an expression gives now. Rejects for one that is none. */
  async query(expression: string): Promise<readonly Sample[]> {
    const answer: { result: readonly { metric: Sample["metric"]; value: readonly [number, string] }[] } =
      await this.#ask(`query?${new URLSearchParams({ query: expression })}`);
    return answer.result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  /** The alerts, or what it records. */
  async rules(type: "alert" | "record"): Promise<readonly Rule[]> {
    const { groups }: { groups: readonly { rules: readonly Rule[] }[] } = await this.#ask(`rules?type=${type}`);
    return groups.flatMap(({ rules }) => rules.map(({ name, query }) => ({ name, query })));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#cleanup.disposeAsync();
  }

  async #ask<T>(path: string): Promise<T> {
    const response = await fetch(`http://${this.#address}/api/v1/${path}`);
    const { data, error } = JSON.parse(await response.text());
    if (error !== undefined) throw new Error(`Prometheus says: ${error}`);
    return data;
  }
}

/** Runs promtool, which is beside Prometheus. Rejects with what it prints when it finds something wrong. */
export async function promtool(program: Program, ...args: readonly string[]): Promise<void> {
  try {
    await run(join(dirname(program.path), "promtool"), args, { env: { ...process.env, ...program.env } });
  } catch (error) {
    const printed =
      error instanceof Error && "stdout" in error && "stderr" in error ? [error.stdout, error.stderr] : [];
    throw new Error(`promtool ${args.join(" ")}: ${printed.join("")}`, { cause: error });
  }
}
