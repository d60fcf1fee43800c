import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { buildah } from "./buildah.ts";

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

/** Calls `use` with a container of an image that has these variables beside the image's own, and removes it. */
export async function withContainer(
  image: string,
  variables: Readonly<Record<string, string>>,
  use: (container: Container) => Promise<void>,
): Promise<void> {
  const name = await buildah("from", image);
  try {
    const { OCIv1 }: Inspected = JSON.parse(await buildah("inspect", name));
    await use(new Container(await buildah("mount", name), OCIv1.config, variables));
  } finally {
    await buildah("rm", name);
  }
}

/** Starts programs in the file system of an image, as the image says. */
export class Container {
  readonly #config: ImageConfig;
  readonly #env: Readonly<Record<string, string>>;

  constructor(root: string, config: ImageConfig, variables: Readonly<Record<string, string>>) {
    const ofImage = config.Env.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]);
    const place = { ROOT: root, USERSPEC: config.User, WORKDIR: config.WorkingDir };
    this.#config = config;
    this.#env = { ...Object.fromEntries(ofImage), ...place, ...variables };
  }

  /** Calls `use` with the image's program, and looks whether SIGTERM ends it in order after that. */
  async run(args: readonly string[], use: (running: ContainedProcess) => Promise<void>): Promise<void> {
    const running = this.start(...args);
    try {
      await use(running);
      running.stop();
      const ended = await running.exited;
      if (ended !== 0) throw new Error(`SIGTERM ended it with ${ended}:\n${running.output}`);
    } finally {
      running.kill();
      await running.exited;
    }
  }

  start(...args: readonly string[]): ContainedProcess {
    return new ContainedProcess([...this.#config.Entrypoint, ...args], this.#env);
  }
}

export class ContainedProcess {
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
