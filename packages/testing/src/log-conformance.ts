import type { Log, LogFields, LogLevel, PluginContext } from "m3game";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createPluginContext } from "./plugin-context.ts";

/** A line as whoever reads the log gets it. */
export interface WrittenLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** Which log the suite is about. */
export interface LogConformanceOptions {
  /** Names the suite. */
  readonly name: string;
  /** Starts a log that writes from `info` on, where `written` finds it. */
  create(context: PluginContext): Log | Promise<Log>;
  /** The lines of the last log that was created; asked once it is disposed. */
  written(): readonly WrittenLine[] | Promise<readonly WrittenLine[]>;
}

const levels: readonly LogLevel[] = ["debug", "info", "warn", "error", "fatal"];

/** Checks a log plugin against its contract. Call it in a test file. */
export function runLogConformance(options: LogConformanceOptions): void {
  describe(`log conformance: ${options.name}`, () => {
    let log: Log;

    beforeEach(async () => {
      log = await options.create(createPluginContext("test.world1.club.1"));
    });

    afterEach(() => log[Symbol.asyncDispose]());

    async function written(): Promise<readonly WrittenLine[]> {
      await log[Symbol.asyncDispose]();
      return options.written();
    }

    test("lines arrive in order, with their levels and fields", async () => {
      log.level = "debug";
      for (const [index, level] of levels.entries()) log.logger[level](`line ${index}`, { index, text: "a" });
      log.logger.info("bare");
      const lines = await written();
      expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual([
        ...levels.map((level, index) => `${level} line ${index}`),
        "info bare",
      ]);
      expect(lines[3]?.fields).toMatchObject({ index: 3, text: "a" });
    });

    test("lines below the level are left out; another one takes effect at once, in children too", async () => {
      const child = log.logger.child({ part: "a" });
      child.debug("unseen");
      log.level = "debug";
      child.debug("seen");
      log.level = "error";
      child.warn("unseen");
      log.logger.error("seen too");
      expect(log.level).toBe("error");
      expect((await written()).map(({ message }) => message)).toEqual(["seen", "seen too"]);
    });

    test("a child adds its fields to each line, a line's own win", async () => {
      const child = log.logger.child({ app: "a", step: 1 }).child({ actor: "7" });
      child.info("one", { step: 2 });
      child.info("two");
      log.logger.info("three");
      const [one, two, three] = await written();
      expect(one?.fields).toMatchObject({ app: "a", actor: "7", step: 2 });
      expect(two?.fields).toMatchObject({ app: "a", actor: "7", step: 1 });
      expect(three?.fields).not.toHaveProperty("actor");
    });

    test("an error is shown with its message and stack", async () => {
      log.logger.error("failed", { error: new Error("why") });
      const [line] = await written();
      const shown = JSON.stringify(line?.fields);
      expect(shown).toContain("why");
      expect(shown).toContain("log-conformance.ts");
    });

    test("secrets do not get into it", async () => {
      log.logger
        .child({ password: "sesame-1" })
        .info("login", { token: "sesame-2", request: { authorization: "sesame-3", user: "june" } });
      const text = JSON.stringify(await written());
      expect(text).not.toContain("sesame");
      expect(text).toContain("june");
    });

    test("fields of any shape harm nobody", async () => {
      const circular: Record<string, unknown> = {};
      circular.self = circular;
      const odd: readonly LogFields[] = [
        { circular },
        { big: 12n ** 30n },
        { nothing: undefined, none: null },
        { bytes: new Uint8Array(3), run: () => 1, symbol: Symbol("s") },
        {
          get bad(): unknown {
            throw new Error("no");
          },
        },
        { level: 3, msg: "other", message: "other", time: "never" },
      ];
      for (const [index, fields] of odd.entries()) log.logger.info(`odd ${index}`, fields);
      const lines = await written();
      expect(lines.map(({ level, message }) => `${level} ${message}`)).toEqual(
        odd.map((_, index) => `info odd ${index}`),
      );
    });

    test("a message with line feeds and quotes is one line", async () => {
      log.logger.info('two\nlines "quoted" \u001b[31m');
      expect(await written()).toMatchObject([{ message: 'two\nlines "quoted" \u001b[31m' }]);
    });

    test("all of it is written before the disposal is over, and nothing afterwards", async () => {
      for (let index = 0; index < 2000; index++) log.logger.info(`line ${index}`);
      await Promise.all([log[Symbol.asyncDispose](), log[Symbol.asyncDispose]()]);
      log.logger.error("late");
      log.logger.child({ a: 1 }).error("late");
      expect((await written()).length).toBe(2000);
    });
  });
}
