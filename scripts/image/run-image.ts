import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { buildah } from "./buildah.ts";

export interface Servers {
  readonly consul: string;
  readonly nats: string;
  readonly etcd: string;
  readonly redis: string;
}

/** What an image says of its containers. */
interface ImageConfig {
  readonly User: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly WorkingDir: string;
}

interface Inspected {
  readonly OCIv1: { readonly config: ImageConfig };
}

const limitMs = 60_000;

// Namespaces of its own and a root that is read only; then the image's user and program, as the first process.
const enter = `
set -e
mount --bind "$ROOT" "$ROOT"
mount -o remount,ro,bind "$ROOT"
mount -t tmpfs tmpfs "$ROOT/tmp"
mount -t proc proc "$ROOT/proc"
mount --rbind /dev "$ROOT/dev"
cd /
exec /usr/sbin/chroot --userspec="$USERSPEC" "$ROOT" sh -c 'cd "$WORKDIR" && exec "$@"' sh "$@"
`;

/** Runs an app of the image as an engine would, asks for its health, and stops it. Rejects when something is not as it should be. */
export async function runImage(image: string, servers: Servers, tell: (line: string) => void): Promise<void> {
  const container = await buildah("from", image);
  try {
    const { OCIv1 }: Inspected = JSON.parse(await buildah("inspect", container));
    const root = await buildah("mount", container);
    const id = `demo.image${process.pid}.clubrole.1`;
    const app = new Contained(root, OCIv1.config, variablesFor(servers));
    const running = app.start("run", "demo/clubroleapp/app.ts", "-idstr", id, "-conf", "demo/config/clubroleapp.toml");
    try {
      const [, endpoint = ""] = await running.until(/^ {2}http2 +(\S+)$/m);
      tell(`Its app is ready at ${endpoint}: ${running.describe()}.`);
      const health = app.start("health", endpoint);
      const code = await health.exited;
      if (code !== 0) throw new Error(`m3 health ended with ${code}:\n${health.output}`);
      running.stop();
      const ended = await running.exited;
      if (ended !== 0) throw new Error(`SIGTERM ended it with ${ended}:\n${running.output}`);
      tell("It is healthy, and SIGTERM ends it in order.");
    } finally {
      running.kill();
      await running.exited;
    }
  } finally {
    await buildah("rm", container);
  }
}

/** It shares the network of the machine, and so takes any free ports. */
function variablesFor({ consul, nats, etcd, redis }: Servers): Readonly<Record<string, string>> {
  const [host = "", port = ""] = redis.split(":");
  const listening = ["Trans__trans_tcp", "Trans__trans_http2", "Metric__metric_prom"].flatMap((plugin) => [
    [`M3__Plugin__${plugin}__Port`, "0"],
    [`M3__Plugin__${plugin}__AdvertiseHost`, "127.0.0.1"],
  ]);
  return {
    M3__Plugin__Router__router_consul__ConsulHost: consul,
    M3__Plugin__Broker__broker_nats__URL: nats,
    M3__Plugin__Lease__lease_etcd__Endpoints: etcd,
    M3__Plugin__DB__db_redis__Host: host,
    M3__Plugin__DB__db_redis__Port: port,
    ...Object.fromEntries(listening),
  };
}

/** Starts programs in the file system of an image, as the image says. */
class Contained {
  readonly #config: ImageConfig;
  readonly #env: Readonly<Record<string, string>>;

  constructor(root: string, config: ImageConfig, variables: Readonly<Record<string, string>>) {
    const ofImage = config.Env.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]);
    const place = { ROOT: root, USERSPEC: config.User, WORKDIR: config.WorkingDir };
    this.#config = config;
    this.#env = { ...Object.fromEntries(ofImage), ...place, ...variables };
  }

  start(...args: readonly string[]): ContainedProcess {
    return new ContainedProcess([...this.#config.Entrypoint, ...args], this.#env);
  }
}

class ContainedProcess {
  readonly exited: Promise<number | NodeJS.Signals>;
  output = "";
  readonly #child;

  constructor(command: readonly string[], env: Readonly<Record<string, string>>) {
    const namespaces = ["--mount", "--pid", "--fork", "--kill-child"];
    const stdio = ["ignore", "pipe", "pipe"] as const;
    this.#child = spawn("unshare", [...namespaces, "sh", "-c", enter, "sh", ...command], { env, stdio: [...stdio] });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.output += text;
      });
    }
    this.exited = once(this.#child, "close").then(([code, signal]) => code ?? signal);
  }

  /** What the kernel says of it. */
  describe(): string {
    const status = readFileSync(`/proc/${this.#pid()}/status`, "utf8");
    return `process ${/^NSpid:.*\t(\d+)$/m.exec(status)?.[1]} of user ${/^Uid:\t(\d+)/m.exec(status)?.[1]}`;
  }

  stop(): void {
    process.kill(this.#pid(), "SIGTERM");
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }

  async until(pattern: RegExp): Promise<RegExpMatchArray> {
    for (let waitedMs = 0; waitedMs < limitMs && this.#child.exitCode === null; waitedMs += 100) {
      const match = this.output.match(pattern);
      if (match !== null) return match;
      await pause(100);
    }
    throw new Error(`it did not print ${pattern}:\n${this.output}`);
  }

  /** The one process that unshare has started. */
  #pid(): number {
    const { pid } = this.#child;
    return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim());
  }
}
