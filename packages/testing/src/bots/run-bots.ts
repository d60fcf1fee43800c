import { setTimeout as delay, setImmediate as turn } from "node:timers/promises";
import { connect, type GameClient } from "@m3game/client";
import { anySignal } from "m3game/internal";
import { type BotsReport, OperationLog } from "./bots-report.ts";
import { MeasuredBot } from "./measured-bot.ts";
import type { Scenario } from "./scenario.ts";

/** How many bots play, where, and for how long. */
export interface BotsOptions {
  /** The gate, `ws://…`. */
  readonly url: string;
  /** How many bots there are. @default 10 */
  readonly sessions?: number;
  /** Over how long they log in, in milliseconds, evenly spread. @default 1000 */
  readonly rampMs?: number;
  /** How long all of them run after that, in milliseconds. @default 10000 */
  readonly durationMs?: number;
  /** Ends the run early; what was measured is reported. */
  readonly signal?: AbortSignal;
}

/** How long a bot waits whose round failed: an error at once must not become a busy loop. */
const failurePauseMs = 1000;

/**
 * Runs a scenario with many sessions: they log in one after the other, then all go on for the same time, then they finish what
 * they are at and log out. A bot that can't log in is counted and left out. Rejects only with what `token` throws.
 */
export async function runBots(scenario: Scenario, options: BotsOptions): Promise<BotsReport> {
  const run = new Run(scenario, options);
  return run.run();
}

class Run {
  readonly #scenario: Scenario;
  readonly #options: Required<Omit<BotsOptions, "signal">>;
  readonly #over = new AbortController();
  readonly #signal: AbortSignal;
  readonly #operations = new Map<string, OperationLog>();
  #isHolding = false;
  #connected = 0;
  #disconnects = 0;
  #ended = 0;

  constructor(scenario: Scenario, { signal, ...options }: BotsOptions) {
    this.#scenario = scenario;
    this.#options = { sessions: 10, rampMs: 1000, durationMs: 10_000, ...options };
    this.#signal = signal === undefined ? this.#over.signal : anySignal([this.#over.signal, signal]);
  }

  async run(): Promise<BotsReport> {
    const { sessions, rampMs, durationMs } = this.#options;
    const rampFrom = performance.now();
    const bots = Array.from({ length: sessions }, async (_, index) => {
      await this.#wait((rampMs * index) / sessions);
      return this.#signal.aborted ? undefined : this.#bot(index);
    });
    try {
      const connected = await Promise.all(bots);
      const rampElapsedMs = performance.now() - rampFrom;
      this.#isHolding = true;
      const from = performance.now();
      await this.#wait(durationMs);
      const holdMs = performance.now() - from;
      this.#isHolding = false;
      this.#over.abort();
      await Promise.all(connected.map((bot) => bot?.done));
      return this.#report(holdMs, rampElapsedMs);
    } finally {
      this.#over.abort();
    }
  }

  /** Logs a bot in and has it run; undefined when it can't. */
  async #bot(index: number): Promise<{ readonly done: Promise<void> } | undefined> {
    const token = await this.#scenario.token(index);
    const from = performance.now();
    let client: GameClient;
    try {
      client = await connect(this.#options.url, { ...this.#scenario.connect, token });
    } catch (error) {
      this.#log("connect").failed(error);
      return undefined;
    }
    this.#log("connect").succeeded(performance.now() - from);
    this.#connected++;
    return { done: this.#live(index, client) };
  }

  async #live(index: number, client: GameClient): Promise<void> {
    const ended = new AbortController();
    client.onState(({ state }) => {
      if (state === "offline") this.#disconnects++;
      if (state === "closed") ended.abort();
    });
    const signal = anySignal([this.#signal, ended.signal]);
    const bot = new MeasuredBot({
      ...{ index, client, signal },
      onSuccess: (operation, ms) => {
        if (this.#isHolding) this.#log(operation).succeeded(ms);
      },
      onFailure: (operation, error) => {
        if (!this.#signal.aborted) this.#log(operation).failed(error);
      },
    });
    if (!signal.aborted) await this.#attempt(bot, () => this.#scenario.start?.(bot));
    while (!signal.aborted) {
      const wentWell = await this.#attempt(bot, () => this.#scenario.round(bot));
      // A round that waits for nothing must not keep the others from theirs.
      await turn();
      if (!wentWell) await bot.pause(failurePauseMs).catch(() => {});
    }
    if (!this.#signal.aborted) this.#ended++;
    client.close();
  }

  /** False when it failed; that counts as `scenario`, unless an operation has counted it. */
  async #attempt(bot: MeasuredBot, step: () => void | Promise<void>): Promise<boolean> {
    try {
      await step();
      return true;
    } catch (error) {
      if (!bot.signal.aborted && !bot.hasCounted(error)) this.#log("scenario").failed(error);
      return false;
    }
  }

  #log(name: string): OperationLog {
    let log = this.#operations.get(name);
    if (log === undefined) {
      log = new OperationLog();
      this.#operations.set(name, log);
    }
    return log;
  }

  async #wait(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#signal }).catch(() => {});
  }

  #report(holdMs: number, rampMs: number): BotsReport {
    return {
      sessions: this.#options.sessions,
      connected: this.#connected,
      disconnects: this.#disconnects,
      ended: this.#ended,
      holdMs,
      operations: [...this.#operations].map(([name, log]) => log.report(name, name === "connect" ? rampMs : holdMs)),
    };
  }
}
