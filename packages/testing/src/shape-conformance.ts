import { Code, isM3Error, M3Error, type PluginContext, type Shape, type ShapeEntry, type ShapePermit } from "m3game";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createManualClock, type ManualClock } from "./manual-clock.ts";
import { createPluginContext } from "./plugin-context.ts";

/** A rule as the suite thinks of it. */
export interface ShapeTestRule {
  readonly method: string;
  readonly side: "client" | "server";
  /** So many calls in a second; what goes beyond is refused, or waits for its turn at most so long. */
  readonly limit?: { readonly calls: number; readonly maxWaitMs: number };
  /** So many failed calls within ten seconds break the method for this long. */
  readonly breaker?: { readonly errors: number; readonly retryMs: number };
}

/** A plugin that is tested, and its rules. */
export interface ShapeUnderTest {
  readonly shape: Shape;
  /** Writes other rules to where the plugin reads them on a reload; `undefined` writes something that is no rule. */
  write(rules: readonly ShapeTestRule[] | undefined): Promise<void>;
}

/** Which shape plugin the suite is about. */
export interface ShapeConformanceOptions {
  /** Names the suite. */
  readonly name: string;
  /** Starts a plugin with these rules, in this order. */
  create(context: PluginContext, rules: readonly ShapeTestRule[]): Promise<ShapeUnderTest>;
}

const method = "/test.Ser/Do";
const other = "/test.Ser/Other";

/** Checks a shape plugin against its contract. Call it in a test file. */
export function runShapeConformance(options: ShapeConformanceOptions): void {
  describe(`shape conformance: ${options.name}`, () => {
    let cleanup: AsyncDisposableStack;
    let clock: ManualClock;

    beforeEach(() => {
      cleanup = new AsyncDisposableStack();
      clock = createManualClock();
      clock.advance(60_000);
    });

    afterEach(() => cleanup.disposeAsync());

    async function start(...rules: readonly Partial<ShapeTestRule>[]) {
      const context = createPluginContext("test.world1.club.1", { clock });
      const started = await options.create(context, rules.map(whole));
      cleanup.use(started.shape);
      return { ...started, rewrite: (...next: readonly Partial<ShapeTestRule>[]) => started.write(next.map(whole)) };
    }

    const errors = (count: number, retryMs = 2000) => ({ breaker: { errors: count, retryMs } });
    const limit = (calls: number, maxWaitMs = 0) => ({ limit: { calls, maxWaitMs } });

    async function reload(shape: Shape): Promise<void> {
      (await shape.prepareReload()).commit();
    }

    test("a call that no rule concerns passes without a permit", async () => {
      const { shape } = await start(limit(1));
      expect(shape.enter(entry({ method: other }))).toBeUndefined();
      expect(shape.enter(entry({ side: "client" }))).toBeUndefined();
    });

    test("a limit lets exactly its number pass at one moment, without a wait", async () => {
      const { shape } = await start(limit(3));
      const passed = Array.from({ length: 10 }, () => attempt(shape)).filter((result) => typeof result === "object");
      expect(passed).toHaveLength(3);
      for (const permit of passed) expect(permit).not.toBeInstanceOf(Promise);
    });

    test("what goes beyond a limit is refused, with when there is room again", async () => {
      const { shape } = await start(limit(1));
      shape.enter(entry());
      const error = failureOf(() => shape.enter(entry()));
      expect(error).toMatchObject({ code: Code.RESOURCE_EXHAUSTED, reason: "RATE_LIMITED", notExecuted: true });
      expect(error.retryAfterMs).toBeGreaterThan(0);
      clock.advance(error.retryAfterMs ?? 0);
      expect(attempt(shape)).toBeTypeOf("object");
    });

    test("sides and methods are apart", async () => {
      const { shape } = await start(limit(1), { ...limit(1), side: "client" }, { ...limit(1), method: other });
      const entries = [entry(), entry({ side: "client" }), entry({ method: other })];
      expect(entries.map((each) => attempt(shape, each))).toEqual(entries.map(() => expect.any(Object)));
      expect(entries.map((each) => attempt(shape, each))).toEqual(entries.map(() => "RATE_LIMITED"));
    });

    test("all limits of a method must let a call pass, and one that is refused counts for none of them", async () => {
      const { shape } = await start(limit(5), limit(2));
      expect([1, 2, 3, 4].map(() => attempt(shape))).toEqual([
        expect.any(Object),
        expect.any(Object),
        "RATE_LIMITED",
        "RATE_LIMITED",
      ]);
    });

    test("a queue has calls wait for their turn, evenly spaced, and refuses one that would wait too long", async () => {
      const { shape } = await start(limit(10, 200));
      const order: number[] = [];
      const waiting = [0, 1, 2].map(async (index) => {
        await shape.enter(entry());
        order.push(index);
      });
      expect(attempt(shape)).toBe("RATE_LIMITED");
      await waiting[0];
      clock.advance(99);
      await settle();
      expect(order).toEqual([0]);
      clock.advance(1);
      await waiting[1];
      clock.advance(100);
      await waiting[2];
      expect(order).toEqual([0, 1, 2]);
    });

    test("a call that is given up while it waits gets the reason, and gives its place back", async () => {
      const { shape } = await start(limit(10, 100));
      shape.enter(entry());
      const left = new AbortController();
      const waiting = rejection(shape.enter(entry({ signal: left.signal })));
      expect(attempt(shape)).toBe("RATE_LIMITED");
      const reason = new Error("left");
      left.abort(reason);
      expect(await waiting).toBe(reason);
      const next = shape.enter(entry());
      clock.advance(100);
      await next;
      expect(clock.pending).toBe(0);
    });

    test("calls that waited do not go beyond a limit together", async () => {
      const { shape } = await start(limit(2), limit(10, 500));
      const results = Array.from({ length: 4 }, async () => {
        try {
          await shape.enter(entry());
          return "passed";
        } catch (error) {
          return isM3Error(error) && error.reason;
        }
      });
      for (let step = 0; step < 4; step++) {
        clock.advance(100);
        await settle();
      }
      const passed = (await Promise.all(results)).filter((result) => result === "passed");
      expect(passed).toHaveLength(2);
    });

    test("a breaker opens by failed calls, says for how long, and closes when a probe went well", async () => {
      const { shape } = await start(errors(2));
      for (let call = 0; call < 2; call++) end(shape, new Error("broken"));
      const error = failureOf(() => shape.enter(entry()));
      expect(error).toMatchObject({ code: Code.UNAVAILABLE, reason: "BREAKER_OPEN", retryAfterMs: 2000 });
      clock.advance(1999);
      expect(attempt(shape)).toBe("BREAKER_OPEN");
      clock.advance(1);
      const probe = shape.enter(entry());
      expect(attempt(shape)).toBe("BREAKER_OPEN");
      await exit(probe);
      for (let call = 0; call < 3; call++) end(shape);
    });

    test("a probe that fails opens the breaker again", async () => {
      const { shape } = await start(errors(1));
      end(shape, new Error("broken"));
      clock.advance(2000);
      end(shape, new Error("broken"));
      clock.advance(1999);
      expect(attempt(shape)).toBe("BREAKER_OPEN");
    });

    test("calls that their callers got wrong do not open a breaker", async () => {
      const { shape } = await start(errors(1));
      for (const code of [Code.INVALID_ARGUMENT, Code.NOT_FOUND, Code.CANCELLED]) end(shape, new M3Error(code, ""));
      expect(attempt(shape)).toBeTypeOf("object");
    });

    test("a call counts once, whoever says how often that it ended", async () => {
      const { shape } = await start(errors(2));
      const permit = await shape.enter(entry());
      permit?.exit(new Error("broken"));
      permit?.exit(new Error("broken"));
      expect(attempt(shape)).toBeTypeOf("object");
    });

    test("a call that hangs counts when it is given up", async () => {
      const { shape } = await start(errors(1));
      const late = new AbortController();
      shape.enter(entry({ signal: late.signal }));
      late.abort(new Error("took too long"));
      expect(attempt(shape)).toBe("BREAKER_OPEN");
    });

    test("a reload takes effect when it is committed, not before and not when it is discarded", async () => {
      const { shape, rewrite } = await start(limit(1));
      await rewrite(limit(0));
      (await shape.prepareReload()).discard();
      const pending = await shape.prepareReload();
      end(shape);
      pending.commit();
      clock.advance(5000);
      expect(attempt(shape)).toBe("RATE_LIMITED");
    });

    test("rules that stay the same keep what they have counted", async () => {
      const { shape, rewrite } = await start(limit(1), { method: other, ...errors(1) });
      end(shape);
      end(shape, new Error("broken"), entry({ method: other }));
      await rewrite({ method: "/test.Ser/New", ...limit(1) }, { method: other, ...errors(1) }, limit(1));
      await reload(shape);
      expect([attempt(shape), attempt(shape, entry({ method: other }))]).toEqual(["RATE_LIMITED", "BREAKER_OPEN"]);
    });

    test("rules that are gone limit nothing any more", async () => {
      const { shape, rewrite } = await start(limit(0));
      await rewrite();
      await reload(shape);
      expect(shape.enter(entry())).toBeUndefined();
    });

    test("a wrong rule is refused, and the old ones stay", async () => {
      const { shape, write } = await start(limit(0));
      await write(undefined);
      const error = await rejection(shape.prepareReload());
      expect(error).toMatchObject({ reason: "CONFIG_INVALID" });
      expect(attempt(shape)).toBe("RATE_LIMITED");
    });

    test("disposing refuses the calls that wait, and leaves no timer behind; it is idempotent", async () => {
      const { shape } = await start(limit(10, 1000));
      shape.enter(entry());
      const waiting = rejection(shape.enter(entry()));
      await Promise.all([shape[Symbol.asyncDispose](), shape[Symbol.asyncDispose]()]);
      expect(await waiting).toMatchObject({ reason: "RATE_LIMITED" });
      expect(clock.pending).toBe(0);
      expect(shape.enter(entry())).toBeUndefined();
    });
  });
}

function whole(rule: Partial<ShapeTestRule>): ShapeTestRule {
  return { method, side: "server", ...rule };
}

function entry(changes: Partial<ShapeEntry> = {}): ShapeEntry {
  return { method, side: "server", sourceApp: "", player: "", signal: new AbortController().signal, ...changes };
}

/** What `enter` gave, an empty object where that is nothing, or the reason of its refusal. */
function attempt(shape: Shape, call: ShapeEntry = entry()): unknown {
  try {
    return shape.enter(call) ?? {};
  } catch (error) {
    return isM3Error(error) ? error.reason : error;
  }
}

function failureOf(act: () => unknown) {
  try {
    act();
  } catch (error) {
    if (isM3Error(error)) return error;
    throw error;
  }
  throw new Error("it was let through");
}

/** One call that passes at once and ends. */
function end(shape: Shape, error?: Error, call: ShapeEntry = entry()): void {
  const permit = shape.enter(call);
  if (permit instanceof Promise) throw new Error("it did not pass at once");
  permit?.exit(error);
}

async function exit(permit: ShapePermit | undefined | Promise<ShapePermit | undefined>): Promise<void> {
  (await permit)?.exit();
}

function rejection(promise: unknown): Promise<unknown> {
  return Promise.resolve(promise).then(
    () => new Error("it did not reject"),
    (error) => error,
  );
}

/** Lets everything that is due run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
