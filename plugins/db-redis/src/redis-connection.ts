import type { Clock, Logger, M3Error, PluginContext, Timer } from "m3game";
import { reasonError } from "m3game/internal";
import type { RedisConfig } from "./config.ts";
import { section } from "./redis-error.ts";
import { createLink, type RedisArgument, type RedisLink, serverReply } from "./redis-link.ts";
import type { Script } from "./script.ts";

/** How often a quiet connection is asked for a sign of life, and how long the answer may take, in milliseconds. */
const watchMs = 5000;

/** The connection to the server, restored for as long as it takes. */
export class RedisConnection implements AsyncDisposable {
  readonly #config: RedisConfig;
  readonly #name: string;
  readonly #log: Logger;
  readonly #clock: Clock;
  #link: RedisLink;
  #watch: Timer | undefined;
  #isLost = false;
  #isClosed = false;
  #replication: string | undefined;

  /** Connects. Rejects with PLUGIN_FAILED and one line. */
  static async open(config: RedisConfig, context: PluginContext): Promise<RedisConnection> {
    const connection = new RedisConnection(config, context);
    try {
      await connection.#link.connect();
      await connection.#checkServer();
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw startError(config, error);
    }
    connection.#watchNext();
    return connection;
  }

  private constructor(config: RedisConfig, context: PluginContext) {
    this.#config = config;
    this.#name = context.app.app;
    this.#log = context.log;
    this.#clock = context.clock;
    this.#link = this.#createLink();
  }

  get #address(): string {
    return `${this.#config.Host}:${this.#config.Port}`;
  }

  /** Runs a command on the node of `key`; errors are the client's. */
  send(key: string, args: RedisArgument[]): Promise<unknown> {
    return this.#link.send(key, args);
  }

  /** Runs a script, which the server is given when it does not have it. All keys are in one slot. */
  async run(script: Script, keys: readonly string[], args: readonly RedisArgument[]): Promise<unknown> {
    const [first = ""] = keys;
    const rest = [String(keys.length), ...keys, ...args];
    try {
      return await this.#link.send(first, ["EVALSHA", script.sha, ...rest]);
    } catch (error) {
      if (!serverReply(error)?.startsWith("NOSCRIPT")) throw error;
      return this.#link.send(first, ["EVAL", script.source, ...rest]);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watch?.cancel();
    destroy(this.#link);
  }

  #createLink(): RedisLink {
    return createLink(this.#config, this.#name.replace(/[^!-~]/g, "_"), {
      onError: (error) => this.#onError(error),
      onReady: () => this.#onReady(),
    });
  }

  #onError(error: Error): void {
    if (this.#isClosed || this.#isLost || this.#watch === undefined) return;
    this.#isLost = true;
    this.#log.warn("lost the Redis server; calls fail until it is back", { server: this.#address, error });
  }

  #onReady(): void {
    if (!this.#isLost || this.#isClosed) return;
    this.#isLost = false;
    this.#log.info("the Redis server is back", { server: this.#address });
    void this.#checkServer().catch(() => {});
  }

  /** Another history than before: a fail-over, or a restart. What was written last may be missing, fences too. */
  async #checkServer(): Promise<void> {
    if (this.#config.Cluster) {
      await this.send("", ["PING"]);
      return;
    }
    const info = String(await this.send("", ["INFO", "replication"]));
    const id = /^master_replid:(\w+)/m.exec(info)?.[1];
    if (this.#replication !== undefined && id !== undefined && id !== this.#replication) {
      this.#log.warn("the Redis server has another history than before: it was restarted, or a replica took over", {
        server: this.#address,
        consequence: "what it confirmed last may be missing; versions refuse whatever was built on that",
      });
    }
    this.#replication = id;
  }

  #watchNext(): void {
    this.#watch = this.#clock.after(watchMs, () => void this.#checkAlive());
  }

  /** A connection that fell silent does not break by itself for many minutes: it is replaced. */
  async #checkAlive(): Promise<void> {
    const { promise: silent, resolve } = Promise.withResolvers<"silent">();
    const timer = this.#clock.after(watchMs, () => resolve("silent"));
    const link = this.#link;
    const outcome = await Promise.race([link.send("", ["PING"]).catch(() => "lost"), silent]);
    timer.cancel();
    if (this.#isClosed) return;
    if (outcome === "silent") {
      this.#onError(new Error(`no answer for ${watchMs} ms`));
      destroy(link);
      this.#link = this.#createLink();
      void this.#link.connect().catch(() => {});
    }
    this.#watchNext();
  }
}

function destroy(link: RedisLink): void {
  try {
    link.destroy();
  } catch {
    // It was closed already.
  }
}

function startError(config: RedisConfig, error: unknown): M3Error {
  const server = `the Redis server at ${config.Host}:${config.Port}`;
  const why = error instanceof Error ? error.message : String(error);
  if (/WRONGPASS|NOAUTH|NOPERM|invalid password|AUTH/.test(why)) {
    return reasonError("PLUGIN_FAILED", `${server} refuses the credentials: set User and Auth in ${section}`, {
      cause: error,
    });
  }
  return reasonError(
    "PLUGIN_FAILED",
    `${server} can't be reached (${why || "refused"}): start one, or correct Host and Port in ${section}`,
    { cause: error },
  );
}
