import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { logPino } from "@m3game/log-pino";
import { runLogConformance, type WrittenLine } from "@m3game/testing";
import { afterAll, beforeAll } from "vitest";
import { z } from "zod";

const line = z.looseObject({
  level: z.enum(["debug", "info", "warn", "error", "fatal"]),
  time: z.string(),
  msg: z.string(),
});

let folder: string;
let File: string;
let logs = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "m3game-log-"));
});

afterAll(() => rm(folder, { recursive: true }));

runLogConformance({
  name: "log_pino",
  create: (context) => {
    File = join(folder, `${logs++}.log`);
    return logPino.create(logPino.config.parse({ File }), context);
  },
  written: async () => {
    const text = await readFile(File, "utf8");
    return text
      .split("\n")
      .filter(Boolean)
      .map((json): WrittenLine => {
        const { level, time, msg, ...fields } = line.parse(JSON.parse(json));
        return { level, message: msg, fields };
      });
  },
});
