import { GateError } from "@m3game/client";

export interface LoggedCall {
  readonly player: number;
  readonly method: string;
  /** By `performance.now()`. */
  readonly from: number;
  readonly to: number;
  /** What it failed with; undefined: it was answered. */
  readonly failure: string | undefined;
  /** Which app ran it, where its answer says so. */
  readonly app: string | undefined;
}

/** All calls of all players. */
export class CallLog {
  readonly calls: LoggedCall[] = [];

  /** When the calls that wait began. */
  readonly #waiting = new Set<{ readonly player: number; readonly method: string; readonly from: number }>();

  /** Makes one call and logs it; `appOf` reads from its answer which app ran it. Rejects with what it failed with. */
  async add<T>(player: number, method: string, call: () => Promise<T>, appOf?: (answer: T) => string): Promise<T> {
    const from = performance.now();
    const waiting = { player, method, from };
    this.#waiting.add(waiting);
    try {
      const answer = await call();
      this.calls.push({ player, method, from, to: performance.now(), failure: undefined, app: appOf?.(answer) });
      return answer;
    } catch (error) {
      this.calls.push({ player, method, from, to: performance.now(), failure: describe(error), app: undefined });
      throw error;
    } finally {
      this.#waiting.delete(waiting);
    }
  }

  /**
   * Calls from `since` on that failed or took longer than `slowMs`: when the last of them ended, and whether one is under way; -Infinity when
   * there was none.
   */
  disturbances(since: number, slowMs: number): { readonly last: number; readonly isWaiting: boolean } {
    const now = performance.now();
    const isWaiting = [...this.#waiting].some(({ from }) => now - from > slowMs);
    const disturbed = this.calls.findLast(
      ({ from, to, failure }) => to >= since && (failure !== undefined || to - from > slowMs),
    );
    return { last: disturbed?.to ?? Number.NEGATIVE_INFINITY, isWaiting };
  }

  /** Calls from `since` on that failed, or take or took longer than `slowMs`, as if they had failed by that. */
  disturbed(since: number, slowMs: number): readonly LoggedCall[] {
    const to = performance.now();
    const waiting = [...this.#waiting].map((call) => ({ ...call, to, failure: undefined, app: undefined }));
    return [...this.during(since, to), ...waiting]
      .filter(({ from, failure, ...call }) => failure !== undefined || call.to - from > slowMs)
      .map((call) => ({ ...call, failure: call.failure ?? "it takes too long" }));
  }

  /** The calls that went on at some time of this span. */
  during(from: number, to: number): readonly LoggedCall[] {
    return this.calls.filter((call) => call.from <= to && call.to >= from);
  }
}

function describe(error: unknown): string {
  if (!(error instanceof GateError)) return error instanceof Error ? error.message : String(error);
  return `${error.reason || error.code}: ${error.message}`;
}
