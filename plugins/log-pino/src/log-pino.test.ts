import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAppId, silentLogger, systemClock } from "m3game";
import { expect, onTestFinished, test } from "vitest";
import { logPino } from "./index.ts";

const context = {
  app: parseAppId("test.world1.simple.1"),
  log: silentLogger,
  clock: systemClock,
  options: { Shape: {} },
  resolvePath: (path: string) => path,
  health: () => ({ alive: true, ready: true }),
  call: () => Promise.reject(new Error("it makes no calls")),
};

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "m3game-log-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

test("defaults, and a level in any case", () => {
  expect(logPino.config.parse({})).toEqual({ LogLevel: "INFO" });
  expect(logPino.config.parse({ LogLevel: "Debug" })).toEqual({ LogLevel: "DEBUG" });
  expect(logPino.config.safeParse({ LogLevel: "LOUD" }).success).toBe(false);
  expect(logPino.config.safeParse({ Encoding: "xml" }).success).toBe(false);
});

test("the original's name is accepted", () => {
  expect(logPino.aliases).toContain("log_zap");
});

test("disposing writes everything to the file, whose folders are made; a second run appends", async () => {
  const file = join(await temporaryFolder(), "deep/app.log");
  for (const run of [1, 2]) {
    const log = await logPino.create(logPino.config.parse({ File: file, LogLevel: "warn" }), context);
    for (let index = 0; index < 1000; index++) log.logger.warn("line", { run, index });
    log.logger.info("unseen");
    await Promise.all([log[Symbol.asyncDispose](), log[Symbol.asyncDispose]()]);
  }
  const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
  expect(lines).toHaveLength(2000);
  expect(JSON.parse(lines[1999] ?? "")).toMatchObject({ level: "warn", msg: "line", run: 2, index: 999 });
});

test("console encoding is for reading, without colours in a file", async () => {
  const file = join(await temporaryFolder(), "app.log");
  const log = await logPino.create(logPino.config.parse({ File: file, Encoding: "console" }), context);
  log.logger.error("broke", { error: new Error("why"), step: 3 });
  await log[Symbol.asyncDispose]();
  const text = await readFile(file, "utf8");
  expect(text).toMatch(/^\[\d\d:\d\d:\d\d\.\d+\] ERROR: broke\n/);
  expect(text).toContain("step: 3");
  expect(text).toContain("log-pino.test.ts");
  expect(text).not.toContain("\u001b");
});

test("a file that can't be opened fails the start with its name and the key", async () => {
  const folder = await temporaryFolder();
  const config = logPino.config.parse({ File: folder });
  await expect(async () => await logPino.create(config, context)).rejects.toMatchObject({
    reason: "PLUGIN_FAILED",
    message: expect.stringMatching(new RegExp(`^log file ${folder} can't be opened: .*EISDIR.* Correct File\\.$`)),
  });
});
