import { setTimeout as delay } from "node:timers/promises";
import type { Output } from "@m3game/cli";
import { CallLog } from "./load/call-log.ts";
import type { FightLedger } from "./load/fight-ledger.ts";
import { Load, type LoadOptions } from "./load/load.ts";
import type { Loss, LossWindow } from "./load/losses.ts";
import { describeFailures } from "./report/failures.ts";
import { percentiles } from "./report/percentiles.ts";
import type { DrillSummary, StepSummary } from "./report/summary.ts";
import { DrillWorld, type DrillWorldOptions } from "./world/drill-world.ts";

export interface DrillOptions {
  readonly players: number;
  /** How long what is lost stays lost, in milliseconds, where a drill takes something away. */
  readonly outageMs: number;
  /** How often it is done. */
  readonly rounds: number;
  /** Told what the apps print. */
  readonly stdout: Output;
  /** Told what the drill does. */
  readonly onProgress: (line: string) => void;
}

/** Does its steps on the demo under load, and tells what came of it. Rejects when it could not be held. */
export type Drill = (options: DrillOptions) => Promise<DrillSummary>;

/** A call that takes longer is disturbed, in milliseconds. */
const slowMs = 1000;
/** When no call was disturbed for so long all is well again, in milliseconds. */
const calmMs = 4000;
const recoveryLimitMs = 120_000;

/** The demo under load, while a drill is on. Disposing ends both. */
export class Exercise implements AsyncDisposable {
  readonly world: DrillWorld;
  readonly log = new CallLog();
  /** When acknowledged changes may be lost that were not saved yet: by default never. */
  readonly windows: LossWindow[] = [];
  /** When everything that was acknowledged may be lost: by default never. */
  readonly rollbacks: LossWindow[] = [];
  /** What players have found to be lost. */
  readonly losses: Loss[] = [];
  readonly steps: StepSummary[] = [];
  readonly notes: string[] = [];
  /** Also told of each app that ended though nobody had asked for it. */
  readonly problems: string[];
  readonly #options: DrillOptions;
  readonly #since = performance.now();
  readonly #load: Load;
  #players = 0;

  /** `hot`: how many of the players call their roles without a pause. */
  static async start(
    options: DrillOptions,
    world: Omit<DrillWorldOptions, "stdout">,
    { hot = 0 }: { readonly hot?: number } = {},
  ): Promise<Exercise> {
    options.onProgress("Starting the processes …");
    const crashes: string[] = [];
    const stdout: Output = {
      write(text) {
        if (text.includes("] ended by itself, ")) crashes.push(text.trim());
        return options.stdout.write(text);
      },
    };
    const started = await DrillWorld.start({ ...world, stdout });
    const hasFights = world.functions?.includes("fight") ?? true;
    return new Exercise(started, options, { hasFights, hot }, crashes);
  }

  private constructor(
    world: DrillWorld,
    options: DrillOptions,
    load: Pick<LoadOptions, "hasFights" | "hot">,
    problems: string[],
  ) {
    this.problems = problems;
    this.world = world;
    this.#options = options;
    this.#load = new Load({
      ...{ ...load, gates: world.gates, log: this.log, windows: this.windows, rollbacks: this.rollbacks },
      onLost: (loss) => this.losses.push(loss),
    });
    this.join(options.players);
  }

  /** What those who fight were told. */
  get fights(): FightLedger {
    return this.#load.fights;
  }

  /** More players come in. */
  join(players: number): void {
    this.#load.join(players);
    this.#players += players;
  }

  /** Does one step and keeps what players noticed of it. `step` resolves with what it took. */
  async step(name: string, step: () => Promise<Readonly<Record<string, number>>>): Promise<void> {
    this.#options.onProgress(name);
    const from = performance.now();
    const times = await step();
    const calls = this.log.during(from, performance.now());
    const longestMs = Math.max(0, ...calls.map((call) => call.to - call.from));
    const failed = calls.filter(({ failure }) => failure !== undefined).length;
    this.steps.push({ name, times, calls: calls.length, failed, longestMs });
  }

  /** Resolves when all players have come in and no call has been disturbed for a while. */
  async calm(): Promise<void> {
    await this.recovery(performance.now());
  }

  /**
   * Resolves when no call was disturbed for a while, with how long calls were from `since` on, in milliseconds. Rejects when that does not
   * come to an end.
   */
  async recovery(since: number): Promise<number> {
    for (const limit = performance.now() + recoveryLimitMs; performance.now() < limit; ) {
      await delay(calmMs / 10);
      const now = performance.now();
      const { last, isWaiting } = this.log.disturbances(since, slowMs);
      if (!isWaiting && now - Math.max(last, since) > calmMs) return Math.max(0, last - since);
    }
    const disturbed = describeFailures(this.log.disturbed(performance.now() - calmMs, slowMs));
    throw new Error([`calls still fail or take too long ${recoveryLimitMs / 1000} s later`, ...disturbed].join("\n"));
  }

  /** Ends the load, checks all that was acknowledged, and tells what came of the drill. */
  async end(drill: string): Promise<DrillSummary> {
    this.#options.onProgress("Checking …");
    await this.#load.stop();
    const { calls } = this.log;
    const seconds = (performance.now() - this.#since) / 1000;
    const failed = calls.filter(({ failure }) => failure !== undefined).length;
    await this.#load.check();
    const { clubs, fights } = this.#load;
    return {
      ...{ drill, players: this.#players, seconds, calls: calls.length, failed, steps: this.steps },
      notes: [
        ...this.notes,
        `${clubs.founded} clubs founded, ${fights.ended} fights ended, ${this.losses.length} acknowledged changes lost`,
        ...(fights.ended > 0 ? [`longest silence of a fight: ${percentiles(fights.silences)}`] : []),
        ...describeFailures(calls),
      ],
      problems: [...this.problems, ...this.#load.problems],
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#load[Symbol.asyncDispose]();
    await this.world[Symbol.asyncDispose]();
  }
}
