import { Code, M3Error } from "m3game";
import { expect, test } from "vitest";
import type { Destination } from "./destination.ts";
import { PinoLog } from "./pino-log.ts";

/** A log that keeps its lines, parsed. */
function memoryLog(level: PinoLog["level"] = "debug") {
  const lines: Record<string, unknown>[] = [];
  let disposed = 0;
  const destination: Destination = {
    write: (line) => void lines.push(JSON.parse(line)),
    flushSync: () => {},
    [Symbol.asyncDispose]: async () => void disposed++,
  };
  return { log: new PinoLog(destination, level), lines, disposals: () => disposed };
}

test("a line has level, time, message and fields", () => {
  const { log, lines } = memoryLog();
  log.logger.info("hello", { player: 7, big: 12n });
  expect(lines).toEqual([
    { level: "info", time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/), msg: "hello", player: 7, big: 12 },
  ]);
});

test("five levels, and those below the set one are left out", () => {
  const { log, lines } = memoryLog("warn");
  for (const level of ["debug", "info", "warn", "error", "fatal"] as const) log.logger[level](level);
  expect(lines.map(({ level }) => level)).toEqual(["warn", "error", "fatal"]);
});

test("a new level takes effect at once, in children made before too", () => {
  const { log, lines } = memoryLog("info");
  const child = log.logger.child({ a: 1 }).child({ b: 2 });
  child.debug("unseen");
  log.level = "debug";
  child.debug("seen");
  log.level = "error";
  child.warn("unseen");
  expect(lines).toMatchObject([{ msg: "seen", a: 1, b: 2 }]);
});

test("a child adds its fields, and a field of the line itself wins once", () => {
  const { log, lines } = memoryLog();
  const child = log.logger.child({ app: "a", step: 1 });
  child.info("one", { step: 2 });
  log.logger.info("two");
  expect(lines).toMatchObject([{ msg: "one", app: "a", step: 2 }, { msg: "two" }]);
  expect(lines[1]).not.toHaveProperty("app");
});

test("an error is shown with stack, code and cause under whatever name", () => {
  const { log, lines } = memoryLog();
  const cause = Object.assign(new Error("refused"), { code: "ECONNREFUSED" });
  log.logger.error("failed", { why: new M3Error(Code.UNAVAILABLE, "no way", { reason: "NO_CONNECTION", cause }) });
  expect(lines[0]?.why).toEqual({
    type: "M3Error",
    message: "no way",
    stack: expect.stringContaining("pino-log.test.ts"),
    code: "UNAVAILABLE",
    reason: "NO_CONNECTION",
    cause: {
      type: "Error",
      message: "refused",
      stack: expect.stringContaining("pino-log.test.ts"),
      code: "ECONNREFUSED",
    },
  });
});

test("secrets are hidden, also in a child's fields and one level deeper", () => {
  const { log, lines } = memoryLog();
  const child = log.logger.child({ accessToken: "s1" });
  child.info("x", { Password: "s2", request: { authorization: "s3", user: "u" }, client_secret: "s4", author: "a" });
  expect(lines[0]).toMatchObject({
    accessToken: "***",
    Password: "***",
    request: { authorization: "***", user: "u" },
    client_secret: "***",
    author: "a",
  });
  expect(JSON.stringify(lines)).not.toMatch(/s[1-4]/);
});

test("fields named like the line's own are kept beside them", () => {
  const { log, lines } = memoryLog();
  log.logger.info("hello", { msg: "other", level: 3 });
  expect(lines[0]).toMatchObject({ msg: "hello", level: "info", msg_: "other", level_: 3 });
});

test("fields that can't be written harm nobody", () => {
  const { log, lines } = memoryLog();
  const circular: Record<string, unknown> = {};
  circular.self = circular;
  log.logger.info("circular", { circular });
  log.logger.info("throws", {
    get bad(): unknown {
      throw new Error("no");
    },
  });
  expect(lines).toMatchObject([{ msg: "circular" }, { msg: "throws", unwritableFields: "Error: no" }]);
});

test("after disposing nothing is written and nothing thrown", async () => {
  const { log, lines, disposals } = memoryLog();
  await log[Symbol.asyncDispose]();
  log.logger.error("late");
  expect(lines).toEqual([]);
  expect(disposals()).toBe(1);
});
