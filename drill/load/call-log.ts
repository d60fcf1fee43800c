import { GateError } from "@m3game/client";

export interface LoggedCall {
  readonly player: number;
  readonly method: string;
  /** By `performance.now()`. */
  readonly from: number;
  readonly to: number;
  /** What it failed with; undefined: it was answered. */
  readonly failure: string | undefined;
}

/** All calls of all players. */
export class CallLog {
  readonly calls: LoggedCall[] = [];

  /** Makes one call and logs it. Rejects with what it failed with. */
  async add<T>(player: number, method: string, call: () => Promise<T>): Promise<T> {
    const from = performance.now();
    try {
      const answer = await call();
      this.calls.push({ player, method, from, to: performance.now(), failure: undefined });
      return answer;
    } catch (error) {
      this.calls.push({ player, method, from, to: performance.now(), failure: describe(error) });
      throw error;
    }
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
