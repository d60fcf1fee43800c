import { anySignal } from "../meta/any-signal.ts";
import type { Clock } from "../meta/clock.ts";
import { pause } from "../meta/pause.ts";
import type { Fence } from "../plugin/fence.ts";
import type { Logger } from "../plugin/log.ts";
import type { Claim } from "./claim.ts";
import type { ClaimResult } from "./claim-result.ts";

/** What a leader has for as long as it leads. */
export interface Leadership {
  /** The leader's claim: `app.entities().ownedBy(claim)` reads and writes what only the leader may. */
  readonly claim: Claim;
  /** That of the claim, for what is written elsewhere. */
  readonly fence: Fence;
  /** Aborted as soon as this app is not the leader any more, or resigns. */
  readonly signal: AbortSignal;
}

/** What happens when this app begins to lead, and when it no longer does. */
export interface LeaderHandlers {
  /** This app leads now. What it rejects with is logged; the leadership is then given up and stood for again. */
  onElected(leadership: Leadership): void | Promise<void>;
  /** It leads no more. When it resigns, nobody else leads before this has resolved. */
  onRevoked?(): void | Promise<void>;
}

export interface CandidateOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** How long until it stands again where another leads, in milliseconds. */
  readonly pollMs: number;
  readonly acquire: (id: string) => Promise<ClaimResult>;
  readonly onEnd: () => void;
}

/** The id of the claim that the leader of `name` holds: `ownership.holder(leaderClaim(name))` tells who leads. */
export function leaderClaim(name: string): string {
  return `leader/${name}`;
}

/** Stands for leader until it is disposed; disposing a leader makes it resign. */
export class LeaderCandidate implements AsyncDisposable {
  /** What it stands for. */
  readonly name: string;
  readonly #handlers: LeaderHandlers;
  readonly #options: CandidateOptions;
  readonly #resigned = new AbortController();
  #claim: Claim | undefined;
  #run: Promise<void> | undefined;

  static start(name: string, handlers: LeaderHandlers, options: CandidateOptions): LeaderCandidate {
    const candidate = new LeaderCandidate(name, handlers, options);
    candidate.#run = candidate.#stand();
    return candidate;
  }

  private constructor(name: string, handlers: LeaderHandlers, options: CandidateOptions) {
    this.name = name;
    this.#handlers = handlers;
    this.#options = options;
  }

  /** True while this app certainly leads: ask before each piece of a leader's work. Synchronous. */
  isLeader(): boolean {
    return this.#claim?.isHeld() ?? false;
  }

  /** False once it resigned. */
  get isStanding(): boolean {
    return !this.#resigned.signal.aborted;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#resigned.abort();
    await this.#run;
    this.#options.onEnd();
  }

  async #stand(): Promise<void> {
    const { clock, pollMs } = this.#options;
    while (!this.#resigned.signal.aborted) {
      const claim = await this.#acquire();
      if (claim !== undefined) await this.#lead(claim);
      await pause(clock, pollMs * (0.75 + Math.random() / 2), this.#resigned.signal);
    }
  }

  async #acquire(): Promise<Claim | undefined> {
    try {
      const result = await this.#options.acquire(leaderClaim(this.name));
      return result.status === "acquired" ? result.claim : undefined;
    } catch (error) {
      this.#options.log.debug("can't stand for leader at the moment", { leader: this.name, error });
      return undefined;
    }
  }

  async #lead(claim: Claim): Promise<void> {
    this.#claim = claim;
    const over = anySignal([claim.lost, this.#resigned.signal]);
    if (!over.aborted) {
      const elected = await this.#handle("onElected", () =>
        this.#handlers.onElected({ claim, fence: claim.fence, signal: over }),
      );
      if (elected) await aborted(over);
      await this.#handle("onRevoked", () => this.#handlers.onRevoked?.());
    }
    await this.#handle("release", () => claim.release());
    this.#claim = undefined;
  }

  async #handle(what: string, handle: () => void | Promise<void>): Promise<boolean> {
    try {
      await handle();
      return true;
    } catch (error) {
      this.#options.log.error("a handler of a leader failed", { leader: this.name, what, error });
      return false;
    }
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  await promise;
}
