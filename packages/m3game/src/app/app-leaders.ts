import type { Clock } from "../meta/clock.ts";
import { type LeaderCandidate, type LeaderHandlers, leaderClaim } from "../ownership/leader.ts";
import type { Ownership } from "../ownership/ownership.ts";
import type { LeaderHosting } from "../server/leader-hosting.ts";
import { WorkCount } from "./work-count.ts";

/** How long it counts who was seen to lead, in milliseconds. */
const hintMs = 500;

export interface AppLeadersOptions {
  readonly ownership: Ownership;
  readonly clock: Clock;
  readonly isReachable: (app: string) => boolean;
}

/** What an app stands for as leader, and who leads elsewhere. */
export class AppLeaders implements LeaderHosting {
  readonly #options: AppLeadersOptions;
  readonly #candidates = new Map<string, LeaderCandidate>();
  readonly #hosted = new Map<string, readonly LeaderHandlers[]>();
  /** The calls that are answered as leader. */
  readonly #calls = new Map<string, WorkCount>();
  readonly #hints = new Map<string, { readonly app: string | undefined; readonly until: number }>();

  constructor(options: AppLeadersOptions) {
    this.#options = options;
  }

  host(name: string, handlers: LeaderHandlers): void {
    this.#hosted.set(name, [...(this.#hosted.get(name) ?? []), handlers]);
  }

  /** Stands for what servers are hosted for. */
  start(): void {
    for (const [name, all] of this.#hosted) {
      this.stand(name, {
        onElected: async (leadership) => void (await Promise.all(all.map((each) => each.onElected(leadership)))),
        onRevoked: async () => void (await Promise.all(all.map((each) => each.onRevoked?.()))),
      });
    }
  }

  /** Stands until the result is disposed. Throws RangeError when it does already. */
  stand(name: string, handlers: LeaderHandlers): LeaderCandidate {
    if (this.#candidates.get(name)?.isStanding) throw new RangeError(`this app stands for leader of ${name} already`);
    const candidate = this.#options.ownership.leader(name, handlers);
    this.#candidates.set(name, candidate);
    return candidate;
  }

  whileLeading<T>(name: string, work: Promise<T>): Promise<T> {
    const calls = this.#calls.get(name) ?? new WorkCount();
    this.#calls.set(name, calls);
    return calls.during(work);
  }

  /**
   * Leads nothing any more, so that another app can: of a hosted service from when its calls are answered, of what game code stands for
   * from when `calls`, all of the app's, are.
   */
  async resign(calls: Promise<void>): Promise<void> {
    const resign = async ([name, candidate]: [string, LeaderCandidate]) => {
      await (this.#hosted.has(name) ? this.#calls.get(name)?.idle() : calls);
      await candidate[Symbol.asyncDispose]();
    };
    await Promise.all([...this.#candidates].map(resign));
  }

  /** What the app leads. */
  get leading(): readonly string[] {
    return [...this.#candidates.values()].filter((candidate) => candidate.isLeader()).map(({ name }) => name);
  }

  isLeader(name: string): boolean {
    return this.#candidates.get(name)?.isLeader() ?? false;
  }

  async whoLeads(name: string): Promise<string | undefined> {
    const { clock, ownership } = this.#options;
    const known = this.#hints.get(name);
    if (known !== undefined && clock.now() < known.until) return known.app;
    // Where nobody can tell, the caller tries again as when nobody leads.
    const holder = await ownership.holder(leaderClaim(name)).catch(() => undefined);
    this.#hints.set(name, { app: holder?.app, until: clock.now() + hintMs });
    return holder?.app;
  }

  isReachable(app: string): boolean {
    return this.#options.isReachable(app);
  }
}
