import { Code, M3Error } from "m3game";
import { reasonError } from "m3game/internal";
import { describe, expect, test } from "vitest";
import { type BreakRule, breakRuleSchema } from "../rules/rule-schema.ts";
import { CircuitBreaker } from "./circuit-breaker.ts";
import { isFault } from "./is-fault.ts";

function breaker(rule: Partial<BreakRule>) {
  const whole = breakRuleSchema.parse({ StatIntervalMs: 10_000, RetryTimeOutMs: 3000, Threshold: 1, ...rule });
  const states: string[] = [];
  return { breaker: new CircuitBreaker(whole, (state) => states.push(state)), states };
}

/** A call that passes and ends at once. */
function run(subject: CircuitBreaker, now: number, { durationMs = 0, failed = false }): string {
  const ticket = subject.tryPass(now);
  if (ticket === undefined) return "refused";
  subject.complete(ticket, { durationMs, failed }, now);
  return subject.state;
}

const ok = {};
const failed = { failed: true };

test("slow calls: half of at least four opens it, a probe tries again", () => {
  const { breaker: subject, states } = breaker({
    Strategy: "SlowRequst",
    SlowRequestMs: 50,
    Threshold: 500,
    MinRequestNum: 4,
  });
  const durations = [50, 51, 50, 51];
  expect(durations.map((durationMs) => run(subject, 0, { durationMs }))).toEqual([
    "closed",
    "closed",
    "closed",
    "open",
  ]);
  expect(subject.tryPass(2999)).toBeUndefined();
  const probe = subject.tryPass(3000);
  expect([subject.state, subject.tryPass(3000)]).toEqual(["half-open", undefined]);
  subject.complete(probe ?? -1, { durationMs: 51, failed: false }, 3000);
  expect([subject.state, subject.tryPass(5999)]).toEqual(["open", undefined]);
  expect(run(subject, 6000, { durationMs: 50 })).toBe("closed");
  expect(subject.counts(6000)).toEqual([0, 0]);
  expect(states).toEqual(["open", "half-open", "open", "half-open", "closed"]);
});

test("errors are counted, and the ending that reaches the number of calls may be a good one", () => {
  const { breaker: subject } = breaker({ Strategy: "ErrorCount", Threshold: 2.9, MinRequestNum: 3 });
  expect([failed, failed, ok].map((outcome) => run(subject, 0, outcome))).toEqual(["closed", "closed", "open"]);
});

test("the ratio of errors is per mille, reached counts", () => {
  const { breaker: subject } = breaker({ Strategy: "ErrorRatio", Threshold: 334, MinRequestNum: 3 });
  expect([failed, ok, ok].map((outcome) => run(subject, 0, outcome))).toEqual(["closed", "closed", "closed"]);
  const { breaker: third } = breaker({ Strategy: "ErrorRatio", Threshold: 500, MinRequestNum: 4 });
  expect([failed, ok, ok, failed].map((outcome) => run(third, 0, outcome)).at(-1)).toBe("open");
});

test("a threshold of 0 opens at the first ending that counts, and a new interval begins at zero", () => {
  const { breaker: subject } = breaker({ Strategy: "ErrorCount", Threshold: 0, MinRequestNum: 2 });
  expect(run(subject, 9999, ok)).toBe("closed");
  expect([run(subject, 10_000, ok), run(subject, 10_001, ok)]).toEqual(["closed", "open"]);
});

test("a probe that a later rule refuses leaves the time to retry as it was", () => {
  const { breaker: subject } = breaker({ Strategy: "ErrorCount" });
  run(subject, 0, failed);
  subject.giveBack(subject.tryPass(3000) ?? -1);
  expect(subject.state).toBe("open");
  expect(subject.tryPass(3000)).toBeDefined();
});

describe("improved over the original", () => {
  test("a call of before that ends late does not judge the probe, nor a breaker closed since", () => {
    const { breaker: subject } = breaker({ Strategy: "ErrorCount" });
    const [slow, slower] = [subject.tryPass(0), subject.tryPass(0)];
    run(subject, 0, failed);
    const probe = subject.tryPass(3000);
    subject.complete(slow ?? -1, { durationMs: 3000, failed: false }, 3000);
    expect(subject.state).toBe("half-open");
    subject.complete(probe ?? -1, { durationMs: 1, failed: false }, 3001);
    subject.complete(slower ?? -1, { durationMs: 3002, failed: true }, 3002);
    expect(subject.state).toBe("closed");
  });

  test("a probe that never ends does not keep it half open", () => {
    const { breaker: subject } = breaker({ Strategy: "ErrorCount" });
    run(subject, 0, failed);
    const lost = subject.tryPass(3000);
    expect([subject.tryPass(5999), subject.retryAfterMs(5999)]).toEqual([undefined, 1]);
    expect(run(subject, 6000, ok)).toBe("closed");
    subject.complete(lost ?? -1, { durationMs: 9000, failed: true }, 9000);
    expect(subject.state).toBe("closed");
  });

  test("no more probes run at a time than must go well", () => {
    const { breaker: subject } = breaker({ Strategy: "ErrorCount", ProbeNum: 2 });
    run(subject, 0, failed);
    const [first, second] = [subject.tryPass(3000), subject.tryPass(3000)];
    expect(subject.tryPass(3000)).toBeUndefined();
    subject.complete(first ?? -1, { durationMs: 1, failed: false }, 3001);
    expect([subject.state, subject.tryPass(3001)]).toEqual(["half-open", undefined]);
    subject.complete(second ?? -1, { durationMs: 1, failed: false }, 3002);
    expect(subject.state).toBe("closed");
  });

  test.each([
    [undefined, false],
    [new TypeError("x"), true],
    [new M3Error(Code.UNAVAILABLE, ""), true],
    [reasonError("HANDLER_FAILED", ""), true],
    [reasonError("DEADLINE", ""), true],
    [reasonError("NOT_OWNER", ""), false],
    [reasonError("NOT_LEADER", ""), false],
    [reasonError("BAD_REQUEST", ""), false],
    [reasonError("CANCELLED", ""), false],
    [new M3Error(Code.NOT_FOUND, ""), false],
    [new M3Error(Code.FAILED_PRECONDITION, ""), false],
  ])("%s is a fault of the server: %s", (error, fault) => {
    expect(isFault(error)).toBe(fault);
  });
});
