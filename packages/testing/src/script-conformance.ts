import { Code, isM3Error, type PluginContext, type Scripts } from "m3game";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createManualClock, type ManualClock } from "./manual-clock.ts";
import { createPluginContext } from "./plugin-context.ts";

/** The same scripts in the language of the plugin. */
export interface ScriptTexts {
  /**
   * Hooks: `Add(a, b)` gives the sum, `Echo(x)` its argument, `Nothing()` no value, `Count()` how often it was called, `Version()` 1,
   * `Fail()` fails in line 3 at the latest, `Loop()` never ends, `Grow()` takes memory without end.
   */
  readonly first: string;
  /** `Version()` gives 2; there is no other hook. */
  readonly second: string;
  /** Can't be parsed, because of its line 3. */
  readonly unreadable: string;
  /** Fails in line 2 while it is loaded. */
  readonly failing: string;
}

/** A plugin that is tested, and its script. */
export interface ScriptsUnderTest {
  readonly scripts: Scripts;
  /** The file's path, as messages name it. */
  readonly file: string;
  /** Writes another script to where the plugin reads it on a reload. */
  write(text: string): Promise<void>;
}

/** Which script plugin the suite is about, and the same scripts in its language. */
export interface ScriptConformanceOptions {
  /** Names the suite. */
  readonly name: string;
  readonly texts: ScriptTexts;
  /** Starts a plugin with one script, a limit of one second by the context's clock and as little memory as it takes. */
  create(context: PluginContext, text: string): Promise<ScriptsUnderTest>;
}

/** Checks a script plugin against its contract. Call it in a test file. */
export function runScriptConformance(options: ScriptConformanceOptions): void {
  describe(`script conformance: ${options.name}`, () => {
    const { first, second, unreadable, failing } = options.texts;
    let cleanup: AsyncDisposableStack;
    let clock: ManualClock;

    beforeEach(() => {
      cleanup = new AsyncDisposableStack();
      clock = createManualClock();
    });

    afterEach(() => cleanup.disposeAsync());

    async function start(text = first) {
      const context = createPluginContext("test.world1.role.1", { clock });
      const started = await options.create(context, text);
      cleanup.use(started.scripts);
      return { ...started, context };
    }

    test("a hook gets its arguments and gives its result", async () => {
      const { scripts } = await start();
      expect([scripts.has("Add"), scripts.has("Missing")]).toEqual([true, false]);
      expect(await scripts.call("Add", 1, 2)).toBe(3);
      expect((await scripts.call("Nothing")) ?? null).toBe(null);
    });

    test.each([
      [true],
      [-1.5],
      ["café, 世界"],
      [""],
      [9_007_199_254_740_991n, 9_007_199_254_740_991],
      [[1, "two", [3]]],
      [{ id: "7", bag: { gold: 5, items: [{ id: 1 }] } }],
    ])("plain values come back as they went: %o", async (value: unknown, expected: unknown = value) => {
      const { scripts } = await start();
      // An integer that fits into a number may come back as one.
      expect([value, expected]).toContainEqual(await scripts.call("Echo", value));
    });

    test("calls run one after another, in the order in which they were made", async () => {
      const { scripts } = await start();
      const counted = await Promise.all(Array.from({ length: 50 }, () => scripts.call("Count")));
      expect(counted).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    });

    test("a hook that does not exist", async () => {
      const { scripts } = await start();
      expect(await failure(scripts.call("Missing"))).toMatchObject({ reason: "NO_HOOK", code: Code.UNIMPLEMENTED });
    });

    test("a hook that fails says in which line, in its cause and in the log, and the next call works", async () => {
      const { scripts, context } = await start();
      const error = await failure(scripts.call("Fail"));
      expect(error).toMatchObject({ reason: "SCRIPT_FAILED", code: Code.INTERNAL });
      expect(String(error.cause)).toMatch(/:[123]: /);
      expect(error.message).not.toContain(String(error.cause));
      expect(context.lines).toContainEqual(expect.objectContaining({ level: "error", message: "a hook failed" }));
      expect(await scripts.call("Add", 1, 2)).toBe(3);
    });

    test("a hook that never ends is ended, and what waited runs", async () => {
      const { scripts } = await start();
      const endless = failure(scripts.call("Loop"));
      const waiting = scripts.call("Add", 1, 2);
      await settle();
      clock.advance(1000);
      expect(await endless).toMatchObject({ reason: "SCRIPT_TIMEOUT", code: Code.DEADLINE_EXCEEDED });
      expect(await waiting).toBe(3);
    });

    test("a hook that takes too much memory is ended, and the next call works", async () => {
      const { scripts } = await start();
      const error = await failure(scripts.call("Grow"));
      expect(error).toMatchObject({ reason: "SCRIPT_MEMORY", code: Code.RESOURCE_EXHAUSTED });
      expect(await scripts.call("Add", 1, 2)).toBe(3);
    });

    test("an argument that is no plain value is refused", async () => {
      const { scripts } = await start();
      expect(await failure(scripts.call("Echo", () => 1))).toMatchObject({ reason: "SCRIPT_FAILED" });
      expect(await scripts.call("Add", 1, 2)).toBe(3);
    });

    test("a reload takes effect when it is committed, not before and not when it is discarded", async () => {
      const { scripts, write } = await start();
      await write(second);
      (await scripts.prepareReload()).discard();
      const pending = await scripts.prepareReload();
      expect([await scripts.call("Version"), scripts.has("Add")]).toEqual([1, true]);
      pending.commit();
      expect([await scripts.call("Version"), scripts.has("Add")]).toEqual([2, false]);
    });

    test("a call that runs while scripts are exchanged ends with the old ones", async () => {
      const { scripts, write } = await start();
      const calls = [scripts.call("Version"), scripts.call("Count")];
      await write(second);
      const pending = await scripts.prepareReload();
      expect(await Promise.all(calls)).toEqual([1, 1]);
      pending.commit();
      expect(await scripts.call("Version")).toBe(2);
    });

    test.each(["unreadable", "failing"] as const)(
      "scripts that are %s are refused with file and line",
      async (kind) => {
        const { scripts, write, file } = await start();
        await write({ unreadable, failing }[kind]);
        const error = await failure(scripts.prepareReload());
        expect(error.reason).toBe("CONFIG_INVALID");
        expect(error.message).toContain(`${file}:${kind === "unreadable" ? 3 : 2}`);
        expect([await scripts.call("Version"), await scripts.call("Count")]).toEqual([1, 1]);
        expect(await failure(start({ unreadable, failing }[kind]))).toMatchObject({ reason: "CONFIG_INVALID" });
      },
    );

    test("after a hook was ended, the scripts that were loaded last start afresh, not those of a wrong file", async () => {
      const { scripts, write } = await start();
      await scripts.call("Count");
      await write(unreadable);
      const endless = failure(scripts.call("Loop"));
      await settle();
      clock.advance(1000);
      await endless;
      expect(await scripts.call("Count")).toBe(1);
    });

    test("disposing ends a hook that never ends, and is idempotent; then calls are refused", async () => {
      const { scripts } = await start();
      const endless = failure(scripts.call("Loop"));
      await settle();
      await Promise.all([scripts[Symbol.asyncDispose](), scripts[Symbol.asyncDispose]()]);
      expect(await endless).toMatchObject({ reason: "SCRIPT_FAILED" });
      expect(await failure(scripts.call("Add", 1, 2))).toMatchObject({ reason: "CONTEXT_ENDED" });
    });
  });
}

async function failure(promise: Promise<unknown>) {
  try {
    await promise;
  } catch (error) {
    if (isM3Error(error)) return error;
    throw error;
  }
  throw new Error("it succeeded");
}

/** Lets what is queued begin. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
