import { dirname } from "node:path";
import type { PendingReload, PluginContext, Scripts } from "m3game";
import { FolderWatch, reasonError } from "m3game/internal";
import { CallQueue } from "./call-queue.ts";
import type { ScriptSource } from "./messages.ts";
import { isSame, readSources } from "./read-sources.ts";
import type { ScriptLimits } from "./script-limits.ts";
import { notBegun, ScriptThread } from "./script-thread.ts";

/** Which scripts a plugin runs, and how. */
export interface ScriptHostOptions extends ScriptLimits {
  /** The files, loaded in this order. */
  readonly files: readonly string[];
  /** The config key that names them, for messages. */
  readonly key: string;
  /** The module that each thread runs: it calls `serveHooks`. */
  readonly module: URL;
  readonly context: PluginContext;
}

/** Scripts of one set of files. */
interface Loaded {
  readonly sources: readonly ScriptSource[];
  readonly thread: ScriptThread;
}

/** The Scripts contract: a thread with the scripts, replaced when it broke a limit and when its files changed. */
export class ScriptHost implements Scripts {
  readonly #options: ScriptHostOptions;
  readonly #reloads = new CallQueue();
  #loaded: Loaded;
  /** Calls that have not ended. */
  #calls = 0;
  #restarting: Promise<void> | undefined;
  /** Loads are numbered, so that older scripts never replace newer ones. */
  #loads = 0;
  #loadedNumber = 0;
  #watch: FolderWatch | undefined;
  #watched: readonly ScriptSource[];
  #disposed: Promise<void> | undefined;

  private constructor(options: ScriptHostOptions, loaded: Loaded) {
    this.#options = options;
    this.#loaded = loaded;
    this.#watched = loaded.sources;
  }

  /** Loads the files. Rejects with CONFIG_INVALID that names file and line. */
  static async open(options: ScriptHostOptions): Promise<ScriptHost> {
    const sources = await readSources(options.files, options.key);
    const host = new ScriptHost(options, { sources, thread: await startThread(options, sources) });
    if (!options.Watch) return host;
    const { clock, log } = options.context;
    try {
      const folders = new Set(options.files.map((file) => dirname(file)));
      host.#watch = new FolderWatch(folders, { clock, log, onChange: () => void host.#onChange() });
    } catch (error) {
      await host[Symbol.asyncDispose]();
      throw error;
    }
    return host;
  }

  has(hook: string): boolean {
    return this.#loaded.thread.hooks.has(hook);
  }

  async call(hook: string, ...args: readonly unknown[]): Promise<unknown> {
    // One of them runs.
    if (this.#calls > this.#options.MaxQueued) {
      throw reasonError("OVERLOADED", `${this.#calls - 1} calls of scripts wait already`);
    }
    this.#calls++;
    try {
      return await this.#run(hook, args);
    } finally {
      this.#calls--;
    }
  }

  prepareReload(): Promise<PendingReload> {
    return this.#reloads.run(async () => this.#prepare(await readSources(this.#options.files, this.#options.key)));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #run(hook: string, args: readonly unknown[]): Promise<unknown> {
    for (;;) {
      if (this.#disposed !== undefined)
        throw reasonError("CONTEXT_ENDED", `hook ${hook} was called after its app stopped`);
      if (!this.has(hook)) throw reasonError("NO_HOOK", `no script defines the hook ${hook}`);
      const { thread } = this.#loaded;
      if (!thread.isAlive) {
        await this.#restart();
        continue;
      }
      try {
        const value = await thread.run({ hook, args });
        if (value !== notBegun) return value;
      } catch (error) {
        this.#options.context.log.error("a hook failed", { hook, error });
        throw error;
      }
    }
  }

  /** Has the scripts run in a fresh thread, as the last one is over. */
  #restart(): Promise<void> {
    this.#restarting ??= this.#startAgain(this.#loaded).finally(() => {
      this.#restarting = undefined;
    });
    return this.#restarting;
  }

  async #startAgain(loaded: Loaded): Promise<void> {
    const thread = await startThread(this.#options, loaded.sources);
    // Others may have been loaded meanwhile.
    if (this.#loaded === loaded && this.#disposed === undefined) this.#loaded = { sources: loaded.sources, thread };
    else await thread.stop();
  }

  async #prepare(sources: readonly ScriptSource[]): Promise<PendingReload> {
    const number = ++this.#loads;
    const thread = await startThread(this.#options, sources);
    return {
      commit: () => {
        if (number < this.#loadedNumber || this.#disposed !== undefined) return void thread.stop();
        const old = this.#loaded.thread;
        this.#loadedNumber = number;
        this.#loaded = { sources, thread };
        this.#watched = sources;
        // What was given to it still ends there.
        old.retire();
      },
      discard: () => void thread.stop(),
    };
  }

  async #onChange(): Promise<void> {
    const { log } = this.#options.context;
    try {
      await this.#reloads.run(async () => {
        const sources = await readSources(this.#options.files, this.#options.key);
        if (isSame(sources, this.#watched)) return;
        // What is wrong is said once.
        this.#watched = sources;
        (await this.#prepare(sources)).commit();
        log.info("scripts loaded again, since files changed");
      });
    } catch (error) {
      log.error("changed scripts refused, the old ones stay", { error });
    }
  }

  async #dispose(): Promise<void> {
    this.#watch?.[Symbol.dispose]();
    // A hook that never ends must not hold the stop up.
    await this.#loaded.thread.stop();
    await this.#reloads.idle();
    await this.#restarting?.catch(() => {});
    await this.#loaded.thread.stop();
  }
}

function startThread(options: ScriptHostOptions, sources: readonly ScriptSource[]): Promise<ScriptThread> {
  const { module, MaxMemoryMB: maxMemoryMB, TimeoutMs: timeoutMs, context } = options;
  return ScriptThread.start({ module, sources, maxMemoryMB, timeoutMs, clock: context.clock, log: context.log });
}
