import { setTimeout as delay } from "node:timers/promises";
import type { Losses } from "./losses.ts";
import type { Player } from "./player.ts";
import { RoleSession, type SessionOptions } from "./role-session.ts";
import { Tally } from "./tally.ts";

export interface HotPlayerOptions extends SessionOptions {
  readonly losses: Losses;
}

/** Between two changes, in milliseconds: some players do not take all of a machine. */
const pauseMs = 10;

/** Changes its role and looks at it, over and over: more often than a gate allows by default. */
export class HotPlayer implements Player {
  readonly #session: RoleSession;
  readonly #power: Tally;

  constructor(options: HotPlayerOptions) {
    this.#session = new RoleSession(options);
    this.#power = new Tally(`the power of ${options.token}`, options.losses);
  }

  get roleId(): bigint {
    return this.#session.roleId;
  }

  async play(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#session.attempt(async () => {
        await this.#session.powerUp(this.#power);
        await this.#see();
      });
      await delay(pauseMs);
    }
  }

  async look(): Promise<void> {
    this[Symbol.dispose]();
    await this.#see();
  }

  [Symbol.dispose](): void {
    this.#session[Symbol.dispose]();
  }

  async #see(): Promise<void> {
    const { roleDb } = await this.#session.details();
    this.#power.see(roleDb?.power ?? 0);
  }
}
