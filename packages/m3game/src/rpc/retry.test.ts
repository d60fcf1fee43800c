import { describe, expect, test } from "vitest";
import { backApp, failure, frontApp, startTestCluster } from "../../test/support/cluster.ts";
import { stopTime } from "../../test/support/fake-time.ts";
import { BackSer } from "../../test/support/services.ts";
import { Code } from "../meta/code.ts";
import { M3Error, reasonError } from "../meta/error.ts";
import { retryDelayMs } from "./retry.ts";

/** A `back` app whose interceptor refuses its first calls before any handler runs; `times` are those of the calls. */
function refusing(count: number, error: () => M3Error) {
  const times: number[] = [];
  const app = backApp(
    {},
    {
      interceptors: [
        (_call, next) => {
          times.push(performance.now());
          if (times.length <= count) throw error();
          return next();
        },
      ],
    },
  );
  return { app, times };
}

async function clientOf(app: ReturnType<typeof backApp>) {
  const cluster = await startTestCluster([
    { app, id: "test.w1.back.1" },
    { app: frontApp(), id: "test.w1.front.1" },
  ]);
  return cluster.app("test.w1.front.1").client(BackSer);
}

const draining = () => reasonError("DRAINING", "leaving");

describe("a call that was certainly not executed", () => {
  test("is sent again until it succeeds, with growing pauses", async () => {
    const time = stopTime();
    const { app, times } = refusing(4, draining);
    const answer = (await clientOf(app)).say({ text: "hi" });
    await time.pass(1000);
    expect((await answer).text).toBe("hi");
    const pauses = times.slice(1).map((at, index) => at - (times[index] ?? 0));
    expect(pauses).toHaveLength(4);
    for (const [index, pause] of pauses.entries()) {
      expect(pause).toBeGreaterThanOrEqual(5 * 2 ** index);
      expect(pause).toBeLessThanOrEqual(10 * 2 ** index + 1);
    }
  });

  test("is given up when the next attempt would come after the deadline, with the last error", async () => {
    const time = stopTime();
    const { app, times } = refusing(Number.POSITIVE_INFINITY, draining);
    const error = failure((await clientOf(app)).say({}, { timeoutMs: 200 }));
    await time.pass(200);
    expect(await error).toMatchObject({
      reason: "DRAINING",
      notExecuted: true,
      message: `leaving (gave up after ${times.length} attempts)`,
    });
    expect(times.length).toBeGreaterThan(3);
  });

  test("waits as long as the callee asks for", async () => {
    const time = stopTime();
    const { app, times } = refusing(1, () => reasonError("OVERLOADED", "full", { retryAfterMs: 700 }));
    const answer = (await clientOf(app)).say({});
    await time.pass(699);
    expect(times).toHaveLength(1);
    await time.pass(2);
    await answer;
    expect(times).toHaveLength(2);
  });

  test("is not sent again when the callee asks for a pause beyond the deadline", async () => {
    const { app, times } = refusing(1, () => reasonError("OVERLOADED", "full", { retryAfterMs: 60_000 }));
    expect(await failure((await clientOf(app)).say({}))).toMatchObject({ reason: "OVERLOADED", message: "full" });
    expect(times).toHaveLength(1);
  });

  test("is not sent again when trying again can't help", async () => {
    const { app, times } = refusing(1, () => reasonError("BAD_REQUEST", "no"));
    expect(await failure((await clientOf(app)).repeat({}))).toMatchObject({ reason: "BAD_REQUEST", message: "no" });
    expect(times).toHaveLength(1);
  });

  test("an abort while it waits ends it", async () => {
    const time = stopTime();
    const { app, times } = refusing(Number.POSITIVE_INFINITY, () =>
      reasonError("OVERLOADED", "full", { retryAfterMs: 100 }),
    );
    const abort = new AbortController();
    const error = failure((await clientOf(app)).say({}, { signal: abort.signal }));
    await time.pass(50);
    abort.abort();
    expect(await error).toMatchObject({ reason: "CANCELLED" });
    await time.pass(5000);
    expect(times).toHaveLength(1);
  });
});

describe("a call that may have been executed", () => {
  const lost = () => reasonError("UNKNOWN_OUTCOME", "connection lost");
  const unavailable = () => new M3Error(Code.UNAVAILABLE, "store away");

  test.each([lost, unavailable])("is not sent again: %o", async (error) => {
    const { app, times } = refusing(1, error);
    expect(await failure((await clientOf(app)).say({}))).toMatchObject({ message: error().message });
    expect(times).toHaveLength(1);
  });

  test.each([lost, unavailable])("is sent again when the method is idempotent: %o", async (error) => {
    const { app, times } = refusing(1, error);
    expect((await (await clientOf(app)).repeat({ number: 7 })).number).toBe(7);
    expect(times).toHaveLength(2);
  });

  test.each([new M3Error(Code.INTERNAL, "broken"), reasonError("DEADLINE", "late"), new M3Error(Code.ABORTED, "x")])(
    "%s is not sent again, idempotent or not",
    async (error) => {
      const { app, times } = refusing(1, () => error);
      expect(await failure((await clientOf(app)).repeat({}))).toMatchObject({ message: error.message });
      expect(times).toHaveLength(1);
    },
  );

  test("what a handler says of a call of its own does not hold for the handler's", async () => {
    const times: number[] = [];
    const app = backApp({
      say: () => {
        times.push(performance.now());
        throw draining();
      },
    });
    expect(await failure((await clientOf(app)).say({}))).toMatchObject({ reason: "DRAINING", notExecuted: false });
    expect(times).toHaveLength(1);
  });
});

test("pauses double from 10 to 500 ms, of which half is random", () => {
  const error = draining();
  const delays = (random: number) => [2, 3, 4, 7, 8, 20].map((attempt) => retryDelayMs(attempt, error, () => random));
  expect(delays(0)).toEqual([5, 10, 20, 160, 250, 250]);
  expect(delays(1)).toEqual([10, 20, 40, 320, 500, 500]);
});
