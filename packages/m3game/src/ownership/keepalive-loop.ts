import type { Clock, Timer } from "../meta/clock.ts";
import type { LeaseRenewer } from "../plugin/lease.ts";
import { guardOf, type Keepalive, type KeepaliveEvents, type SessionTime } from "./keepalive.ts";

export interface KeepaliveLoopOptions extends SessionTime {
  readonly clock: Clock;
  readonly renewer: LeaseRenewer;
  /** Asked before each renewal; false puts it off. */
  readonly mayRenew: () => boolean;
  readonly events: KeepaliveEvents;
}

/**
 * Renews a session, four times within its time, one attempt at a time, each with a limit of a third of it. The deadline
 * counts from the moment an attempt was *sent*, on a monotonic clock: an answer that lay in a socket while the process
 * was paused extends nothing.
 */
export class KeepaliveLoop implements Keepalive {
  readonly #options: KeepaliveLoopOptions;
  readonly #firstLimit: number;
  #deadline = Number.NEGATIVE_INFINITY;
  #timer: Timer | undefined;
  #attempt: AbortController | undefined;
  #ended = false;

  /** Starts it: the first attempt is sent at once. */
  static start(options: KeepaliveLoopOptions): KeepaliveLoop {
    const loop = new KeepaliveLoop(options);
    void loop.#renew();
    return loop;
  }

  private constructor(options: KeepaliveLoopOptions) {
    this.#options = options;
    this.#firstLimit = options.clock.now() + options.ttlMs;
  }

  get deadline(): number {
    return this.#deadline;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    await this.#options.renewer[Symbol.asyncDispose]();
  }

  #end(): void {
    this.#ended = true;
    this.#timer?.cancel();
    this.#attempt?.abort();
  }

  async #renew(): Promise<void> {
    const { clock, events, ttlMs, guardMs, mayRenew } = this.#options;
    const sent = clock.now();
    if (this.#isLate()) return;
    if (!mayRenew()) return this.#next(sent + ttlMs / 20);
    const granted = await this.#ask();
    // Also when the answer is good: what was held for over once stays over.
    if (this.#ended || this.#isLate()) return;
    if (granted === undefined) return this.#next(clock.now() + ttlMs / 20);
    if (granted <= 0) return this.#lose("the lease store says that it is over");
    this.#deadline = Math.max(this.#deadline, sent + granted - guardOf({ ttlMs: granted, guardMs }));
    events.onRenewed(this.#deadline);
    this.#next(sent + granted / 4);
  }

  /** The time that was granted, undefined when the attempt failed. */
  async #ask(): Promise<number | undefined> {
    const { clock, renewer, events, ttlMs } = this.#options;
    const attempt = new AbortController();
    this.#attempt = attempt;
    const { promise: gaveUp, reject } = Promise.withResolvers<never>();
    attempt.signal.addEventListener("abort", () => reject(attempt.signal.reason), { once: true });
    const limitMs = ttlMs / 3;
    const timer = clock.after(limitMs, () => attempt.abort(new Error(`no answer for ${Math.round(limitMs)} ms`)));
    try {
      return await Promise.race([renewer.renew(attempt.signal), gaveUp]);
    } catch (error) {
      if (!this.#ended) events.onFailed(error instanceof Error ? error.message : String(error));
      return undefined;
    } finally {
      timer.cancel();
    }
  }

  #isLate(): boolean {
    const isFirst = this.#deadline === Number.NEGATIVE_INFINITY;
    if (this.#options.clock.now() < (isFirst ? this.#firstLimit : this.#deadline)) return false;
    this.#lose("no renewal came through in time");
    return true;
  }

  #lose(why: string): void {
    this.#end();
    this.#options.events.onLost(why);
  }

  #next(time: number): void {
    const { clock } = this.#options;
    this.#timer = clock.after(Math.max(0, time - clock.now()), () => void this.#renew());
  }
}
