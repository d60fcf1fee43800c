/** How long the server's tick lasts, in milliseconds. */
export const tickMs = 50;

// Two ticks: one may come late, and there is still something to go towards.
const delayMs = 2 * tickMs;

// What a newer, later arrival counts for: clocks drift, and a server may fall behind, but a slow message is no new time.
const lateShare = 0.02;

/** Tells which tick to show: always a little in the past, so that what is shown next has arrived. */
export class Playback {
  /** When tick 0 was, by this machine's clock, as the fastest messages have it. */
  #origin: number | undefined;
  #shown = 0;

  /** A message of this tick came, at this time in milliseconds. */
  heard(tick: number, now: number): void {
    const origin = now - tick * tickMs;
    if (this.#origin === undefined || origin < this.#origin) this.#origin = origin;
    else this.#origin += (origin - this.#origin) * lateShare;
  }

  /** The tick to show, which lies between two. It never goes back. */
  tickAt(now: number): number {
    if (this.#origin === undefined) return 0;
    this.#shown = Math.max(this.#shown, (now - this.#origin - delayMs) / tickMs);
    return this.#shown;
  }
}
