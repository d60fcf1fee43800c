import type { Clock } from "m3game";
import type { CommandIo } from "../command.ts";

/** A cluster in a process of its own. */
export interface SupervisedProcess {
  readonly exited: Promise<number>;
  signal(signal: NodeJS.Signals): void;
}

export interface SupervisorOptions extends Pick<CommandIo, "stdout" | "stderr" | "signals"> {
  readonly clock: Clock;
  /** `next` resolves with the files that changed. */
  readonly watch: { next(): Promise<readonly string[]> };
  readonly start: () => SupervisedProcess;
}

const stopSignals: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

// How long a process that was told to end at once may take, before it is killed.
const lastWordsMs = 2000;

/**
 * Runs a cluster and runs it again after each change, the old one ended first. Signals go on to the cluster, which knows
 * what a second one means. Resolves with the last one's exit code once it was stopped.
 */
export async function superviseCluster(options: SupervisorOptions): Promise<number> {
  const { stdout, stderr, signals, clock, watch, start } = options;
  let running = start();
  let stopAt: number | undefined;
  const { promise: stopped, resolve: stop } = Promise.withResolvers<"stop">();
  const onSignal = (signal: NodeJS.Signals) => {
    running.signal(signal);
    stop("stop");
    stopAt ??= clock.now();
    // It may be too busy to see any signal.
    if (clock.now() - stopAt >= 1000) clock.after(lastWordsMs, () => running.signal("SIGKILL"));
  };
  const listeners = stopSignals.map((signal) => [signal, () => onSignal(signal)] as const);
  for (const [signal, listener] of listeners) signals.on(signal, listener);
  try {
    for (;;) {
      const changed = watch.next();
      const event = await Promise.race([stopped, changed, running.exited]);
      if (event === "stop") return await running.exited;
      if (typeof event === "number") {
        stderr.write(`The cluster ended with code ${event}; it is started again after the next change.\n`);
        if ((await Promise.race([stopped, changed])) === "stop") return event;
      }
      stdout.write(`${(await changed).join(", ")} changed: starting again\n`);
      running.signal("SIGTERM");
      const code = await running.exited;
      if (stopAt !== undefined) return code;
      running = start();
    }
  } finally {
    for (const [signal, listener] of listeners) signals.off(signal, listener);
  }
}
