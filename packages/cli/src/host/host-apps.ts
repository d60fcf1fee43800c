import { flushCompileCache } from "node:module";
import { type App, type Clock, isM3Error, systemClock } from "m3game";
import { type CommandIo, ExitCode } from "../command.ts";
import { describeError } from "../describe-error.ts";
import { releaseStartMemory } from "./release-start-memory.ts";

/** Apps that run. */
export interface HostedApps {
  readonly apps: readonly App[];
  /** Drains and stops them all. */
  stop(): PromiseLike<void>;
}

/** What apps are hosted with. */
export interface HostOptions extends Pick<CommandIo, "stdout" | "stderr" | "signals" | "isTerminal"> {
  /** What a SIGHUP does without a terminal; what it rejects with is reported. @default it stops the apps */
  readonly reload?: () => Promise<void>;
  /** @default the machine's monotonic clock */
  readonly clock?: Clock;
}

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type StopSignal = keyof typeof exitCodes;

// One Ctrl-C reaches a process that npm started twice.
const sameRequestMs = 1000;

type StopState = "running" | "asked to stop" | "asked a second ago";

/**
 * Starts apps and keeps them until the process is told to stop. Resolves with the exit code; rejects with what `start`
 * rejects with.
 *
 * SIGINT and SIGTERM drain and stop, also during the start, and so does SIGHUP with a terminal, and the end of a parent
 * process that is connected: 0. A second SIGINT or SIGTERM later than a second after the first ends at once, with a
 * report of what still ran: 130 or 143. SIGUSR2 drains and keeps the process. An error that nobody caught is logged as
 * fatal and ends at once: 1.
 *
 * The caller exits the process with that code: SIGINT, SIGTERM and SIGHUP stay listened to until then.
 */
export function hostApps(start: (signal: AbortSignal) => Promise<HostedApps>, options: HostOptions): Promise<number> {
  return new Host(options).run(start);
}

class Host {
  readonly #options: HostOptions;
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  readonly #stop = Promise.withResolvers<void>();
  readonly #end = Promise.withResolvers<number>();
  #hosted: HostedApps | undefined;
  #stopState: StopState = "running";
  /** What was asked for and is done one after another, once the apps run. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(options: HostOptions) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  async run(start: (signal: AbortSignal) => Promise<HostedApps>): Promise<number> {
    const { signals } = this.#options;
    const listeners: Readonly<Record<string, (...args: readonly unknown[]) => void>> = {
      SIGINT: () => this.#onStop("SIGINT"),
      SIGTERM: () => this.#onStop("SIGTERM"),
      SIGHUP: () => this.#onHangup(),
      SIGUSR2: () => this.#onPreExit(),
      disconnect: () => this.#askToStop("the parent process is gone"),
      uncaughtException: (error) => this.#onFatal("uncaught exception", error),
      unhandledRejection: (error) => this.#onFatal("unhandled rejection", error),
    };
    for (const [event, listener] of Object.entries(listeners)) signals.on(event, listener);
    // Apps without a port hold nothing that keeps the process alive.
    const alive = setInterval(() => {}, 2 ** 31 - 1);
    try {
      return await Promise.race([this.#serve(start), this.#end.promise]);
    } finally {
      clearInterval(alive);
      for (const [event, listener] of Object.entries(listeners)) {
        // The second signal of one Ctrl-C may arrive while the process exits; unheard, it would decide the exit code.
        if (event in exitCodes) continue;
        signals.off(event, listener);
      }
    }
  }

  async #serve(start: (signal: AbortSignal) => Promise<HostedApps>): Promise<number> {
    const started = start(this.#abort.signal);
    this.#work = started.catch(() => {});
    try {
      this.#hosted = await started;
      // It is written at a clean exit only otherwise, which may be months away.
      flushCompileCache();
      releaseStartMemory();
    } catch (error) {
      if (this.#abort.signal.aborted && isM3Error(error) && error.reason === "CANCELLED") return ExitCode.OK;
      throw error;
    }
    await this.#stop.promise;
    await this.#hosted.stop();
    return ExitCode.OK;
  }

  #onStop(signal: StopSignal): void {
    if (this.#stopState === "running") {
      return this.#askToStop(`${signal}: finishing calls, then stopping; after a second another one ends at once`);
    }
    if (this.#stopState === "asked to stop") return;
    this.#options.stderr.write(`ended at once by a second signal, ${signal}; what still ran:\n${this.#report()}`);
    this.#end.resolve(exitCodes[signal]);
  }

  #askToStop(why: string): void {
    if (this.#stopState !== "running") return;
    this.#stopState = "asked to stop";
    // Not by the time between the two signals: a process that was busy for a second hears of both at once, after it.
    this.#clock.after(sameRequestMs, () => {
      setImmediate(() => {
        this.#stopState = "asked a second ago";
      });
    });
    this.#options.stdout.write(`${why}\n`);
    this.#abort.abort();
    this.#stop.resolve();
  }

  #onHangup(): void {
    const { isTerminal, reload, stderr } = this.#options;
    if (isTerminal || reload === undefined) return this.#askToStop("SIGHUP: finishing calls, then stopping");
    this.#queue(async () => {
      try {
        await reload();
      } catch (error) {
        stderr.write(`reload refused, nothing has changed: ${describeError(error, false)}\n`);
        for (const app of this.#hosted?.apps ?? []) app.log.error("reload refused, nothing has changed", { error });
      }
    });
  }

  #onPreExit(): void {
    this.#queue(async () => {
      if (this.#hosted === undefined) return;
      await Promise.all(this.#hosted.apps.map((app) => app.drain()));
      this.#options.stdout.write("SIGUSR2: out of the registry, calls finished; SIGTERM ends the process\n");
    });
  }

  #queue(task: () => Promise<void>): void {
    this.#work = this.#work.then(task);
  }

  #onFatal(what: string, error: unknown): void {
    for (const app of this.#hosted?.apps ?? []) app.log.fatal(what, { error });
    this.#options.stderr.write(`${what}: ${describeError(error, true)}\n`);
    this.#end.resolve(ExitCode.FAILED);
  }

  #report(): string {
    if (this.#hosted === undefined) return "  the start\n";
    const running = this.#hosted.apps.filter(({ state }) => state !== "stopped");
    return running.map(({ id, state, inFlight }) => `  ${id.app} ${state}, ${inFlight} calls\n`).join("");
  }
}
