import { z } from "zod";

const longestMs = 2 ** 31 - 1;
const milliseconds = z.int().min(0).max(longestMs);
const method = z
  .string()
  .regex(/^\/[\w.]+\/\w+$/)
  .describe("a full method name such as /proto.MultiSer/Hello");

const flowRuleSchema = z
  .object({
    /** How many calls may pass in the interval; 0: none. */
    Threshold: z.number().min(0),
    /** The interval; 0 stands for 1000. */
    StatIntervalMs: milliseconds.default(0),
    /** 0: what goes beyond the threshold is refused. Else calls are spaced evenly, and wait for their turn this long. */
    MaxQueueWaitMs: milliseconds.default(0),
    /** `caller`: each calling app has a limit of its own; `player`: each player that a gate made a call for. */
    Per: z.enum(["method", "caller", "player"]).default("method"),
    /** How many callers or players are told apart, those that called last. */
    MaxKeys: z.int().min(1).max(1_000_000).default(10_000),
    /** Counts the passes of this method instead of the rule's own. */
    RefMethod: method.optional(),
    /** The threshold is reached only after this many seconds of load. */
    WarmUpPeriodSec: z.int().min(1).max(86_400).optional(),
    /** With WarmUpPeriodSec: the part of the threshold that a cold method begins with, 3: a third. */
    ColdFactor: z.int().min(2).max(1000).default(3),
  })
  .check(({ value, issues }) => {
    const refuse = (key: keyof typeof value, message: string) =>
      void issues.push({ code: "custom", input: value, path: [key], message });
    if (value.RefMethod !== undefined && (value.Per !== "method" || value.MaxQueueWaitMs !== 0)) {
      refuse("RefMethod", 'goes only with Per = "method" and MaxQueueWaitMs = 0');
    }
    if (value.WarmUpPeriodSec !== undefined && value.Threshold === 0) {
      refuse("WarmUpPeriodSec", "needs a Threshold above 0");
    }
  });

export const breakRuleSchema = z
  .object({
    /** Bad calls per thousand, or with ErrorCount how many: the breaker opens when they are reached. */
    Threshold: z.number().min(0),
    /** What is bad: a slow call or a failed one. `SlowRequst` is the original's spelling. */
    Strategy: z.enum(["SlowRequst", "SlowRequest", "ErrorRatio", "ErrorCount"]),
    /** A call that takes longer is slow. */
    SlowRequestMs: milliseconds.default(0),
    /** Calls are counted over intervals of this length. */
    StatIntervalMs: milliseconds.min(1),
    /** How long the breaker stays open before a probe may pass; also how long it waits for a probe to end. */
    RetryTimeOutMs: milliseconds.min(1),
    /** With fewer calls in the interval it does not open. */
    MinRequestNum: z.int().min(0).default(0),
    /** How many probes must go well before it closes; 0 stands for 1. No more than these run at a time. */
    ProbeNum: z.int().min(0).max(10_000).default(0),
  })
  .check(({ value, issues }) => {
    const refuse = (key: keyof typeof value, message: string) =>
      void issues.push({ code: "custom", input: value, path: [key], message });
    if (value.Strategy !== "ErrorCount" && value.Threshold > 1000) {
      refuse("Threshold", `is per mille with Strategy ${value.Strategy}: allowed: a number from 0 to 1000`);
    }
    if (value.Strategy.startsWith("Slow") && value.SlowRequestMs === 0) {
      refuse("SlowRequestMs", `Strategy ${value.Strategy} needs it: allowed: a whole number from 1 to ${longestMs}`);
    }
  });

export const methodRulesSchema = z.object({
  Method: method,
  /** Which calls: those that this app serves, those that it makes, or both, each counted by itself. */
  Side: z.enum(["server", "client", "both"]).default("server"),
  FlowRules: z.array(flowRuleSchema).default([]),
  BreakRules: z.array(breakRuleSchema).default([]),
});

export type FlowRule = Readonly<z.output<typeof flowRuleSchema>>;
export type BreakRule = Readonly<z.output<typeof breakRuleSchema>>;

/** The rules of one method, a `[[Rules]]` table. */
export type MethodRules = Readonly<z.output<typeof methodRulesSchema>>;
