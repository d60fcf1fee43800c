import { percentile } from "@m3game/demo/client/measure";
import type { LoggedCall } from "../load/call-log.ts";

/** What players got in one second. */
export interface TimelineSecond {
  /** Calls that were answered, by the app that the player's last answer named; `undefined` before the first one that names any. */
  readonly answered: ReadonlyMap<string | undefined, number>;
  readonly failed: number;
  /** How long the answered calls had taken, in milliseconds; undefined when there was none. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
}

/** The whole seconds from `from` to `to`, by when calls ended; `calls` are in that order. */
export function timeline(calls: readonly LoggedCall[], from: number, to: number): readonly TimelineSecond[] {
  const seconds = Array.from({ length: Math.floor((to - from) / 1000) }, (): LoggedCall[] => []);
  const apps = new Map<number, string>();
  for (const call of calls) {
    if (call.app !== undefined) apps.set(call.player, call.app);
    seconds[Math.floor((call.to - from) / 1000)]?.push({ ...call, app: apps.get(call.player) });
  }
  return seconds.map(summarize);
}

function summarize(calls: readonly LoggedCall[]): TimelineSecond {
  const answered = calls.filter(({ failure }) => failure === undefined);
  const times = answered.map((call) => call.to - call.from).toSorted((a, b) => a - b);
  const apps = Map.groupBy(answered, ({ app }) => app);
  return {
    answered: new Map([...apps].map(([app, ofApp]) => [app, ofApp.length])),
    failed: calls.length - answered.length,
    p50: times.length === 0 ? undefined : percentile(times, 50),
    p99: times.length === 0 ? undefined : percentile(times, 99),
  };
}
