import type { ShapeEntry } from "m3game";
import type { FlowRule } from "../rules/rule-schema.ts";
import { LeapArray } from "../stat/leap-array.ts";
import { PassWindow, windowShape } from "../stat/window.ts";
import { KeyedLimits } from "./keyed-limits.ts";
import { RejectLimit } from "./reject-limit.ts";
import { ThrottleLimit } from "./throttle-limit.ts";
import type { Limit, Verdict } from "./verdict.ts";
import { WarmUp } from "./warm-up.ts";

/** One flow rule at work. */
export interface Flow {
  /** It has calls wait: asking takes a place in its queue. */
  readonly queues: boolean;
  check(entry: ShapeEntry, now: number): Verdict;
  /** The call passed all rules. */
  count(entry: ShapeEntry, now: number): void;
}

/** The rule at work; `window` gives it the passes of the method that it reads. */
export function createFlow(rule: FlowRule, window: (statIntervalMs: number) => PassWindow): Flow {
  const queues = rule.MaxQueueWaitMs !== 0;
  const { Per } = rule;
  if (Per === "method") {
    const limit = createLimit(rule, () => window(rule.StatIntervalMs));
    return { queues, check: (_entry, now) => limit.check(now, 1), count: () => {} };
  }
  const { buckets, lengthMs } = windowShape(rule.StatIntervalMs);
  const limits = new KeyedLimits(rule.MaxKeys, () => {
    const passes = new LeapArray(buckets, lengthMs);
    return { passes, limit: createLimit(rule, () => new PassWindow(passes, buckets)) };
  });
  const keyOf = (entry: ShapeEntry) => (Per === "caller" ? entry.sourceApp : entry.player);
  // Clients that are no apps share one limit; a call that is for no player is nobody's.
  const concerns = (key: string) => Per === "caller" || key !== "";
  return {
    queues,
    check(entry, now) {
      const key = keyOf(entry);
      return concerns(key) ? limits.get(key).limit.check(now, 1) : undefined;
    },
    count(entry, now) {
      const key = keyOf(entry);
      if (concerns(key)) limits.get(key).passes.add(now, 1);
    },
  };
}

function createLimit(rule: FlowRule, window: () => PassWindow): Limit {
  const { Threshold, StatIntervalMs: statIntervalMs, MaxQueueWaitMs: maxQueueWaitMs, WarmUpPeriodSec } = rule;
  const allowance =
    WarmUpPeriodSec === undefined
      ? { at: () => Threshold }
      : new WarmUp({
          threshold: Threshold,
          periodSec: WarmUpPeriodSec,
          coldFactor: rule.ColdFactor,
          window: window(),
        });
  if (maxQueueWaitMs === 0) return new RejectLimit(window(), allowance);
  return new ThrottleLimit({ allowance, statIntervalMs, maxQueueWaitMs });
}
