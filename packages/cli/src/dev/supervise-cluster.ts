import type { Clock } from "m3game";
import { type CommandIo, ExitCode } from "../command.ts";
import { stopSignals } from "./stop-signals.ts";

/** Something that runs in a process of its own. */
export interface SupervisedProcess {
  readonly exited: Promise<number>;
  signal(signal: NodeJS.Signals): void;
}

export interface SupervisorOptions extends Pick<CommandIo, "stdout" | "stderr" | "signals"> {
  readonly clock: Clock;
  /** `next` resolves with the files that changed. */
  readonly watch: { next(): Promise<readonly string[]> };
  readonly start: () => SupervisedProcess;
  /** Serves the page. All ends when it ends. */
  readonly page?: SupervisedProcess;
}

// How long a process that was told to end at once may take, before it is killed.
const lastWordsMs = 2000;

/**
 * Runs a cluster and runs it again after each change, the old one ended first. Signals go on to the cluster, which knows
 * what a second one means. Resolves with the last one's exit code once it was stopped, and with FAILED when the page's server
 * failed, which stops it too.
 *
 * The caller exits the process with that code. The signals stay listened to until then: the second signal of one Ctrl-C, which
 * npm passes on, may arrive late, and unheard it would decide the exit code.
 */
export async function superviseCluster(options: SupervisorOptions): Promise<number> {
  const { stderr, signals, clock, start, page } = options;
  const { promise: stopped, resolve: stop } = Promise.withResolvers<"stop">();
  const cluster: RunningCluster = { process: start(), isStopping: false, stopped };
  let stopAt = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    cluster.process.signal(signal);
    if (!cluster.isStopping) stopAt = clock.now();
    cluster.isStopping = true;
    stop("stop");
    // It may be too busy to see any signal.
    if (clock.now() - stopAt >= 1000) clock.after(lastWordsMs, () => cluster.process.signal("SIGKILL"));
  };
  let pageFailed = false;
  const pageEnded = page?.exited.then((code) => {
    if (cluster.isStopping) return;
    pageFailed = code !== ExitCode.OK;
    stderr.write(`The page's server ended with code ${code}; so the apps are stopped.\n`);
    onSignal("SIGTERM");
  });
  for (const signal of stopSignals) signals.on(signal, () => onSignal(signal));
  try {
    const code = await runUntilStopped(cluster, options);
    return pageFailed ? ExitCode.FAILED : code;
  } finally {
    page?.signal("SIGTERM");
    await pageEnded;
  }
}

interface RunningCluster {
  process: SupervisedProcess;
  isStopping: boolean;
  readonly stopped: Promise<"stop">;
}

async function runUntilStopped(cluster: RunningCluster, options: SupervisorOptions): Promise<number> {
  const { stdout, stderr, watch, start } = options;
  for (;;) {
    const changed = watch.next();
    const event = await Promise.race([cluster.stopped, changed, cluster.process.exited]);
    if (event === "stop") return await cluster.process.exited;
    if (typeof event === "number") {
      stderr.write(`The cluster ended with code ${event}; it is started again after the next change.\n`);
      if ((await Promise.race([cluster.stopped, changed])) === "stop") return event;
    }
    stdout.write(`${(await changed).join(", ")} changed: starting again\n`);
    cluster.process.signal("SIGTERM");
    const code = await cluster.process.exited;
    if (cluster.isStopping) return code;
    cluster.process = start();
  }
}
