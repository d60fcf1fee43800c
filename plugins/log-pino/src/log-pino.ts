import { isatty } from "node:tty";
import { definePlugin, type LogLevel } from "m3game";
import { z } from "zod";
import { openDestination } from "./destination.ts";
import { PinoLog } from "./pino-log.ts";

const standardOutput = 1;

const levels = {
  DEBUG: "debug",
  INFO: "info",
  WARN: "warn",
  ERROR: "error",
  FATAL: "fatal",
} as const satisfies Record<string, LogLevel>;

const upperCase = (value: unknown) => (typeof value === "string" ? value.toUpperCase() : value);

const config = z.object({
  /** The lowest level that is written, in any case. */
  LogLevel: z.preprocess(upperCase, z.enum(["DEBUG", "INFO", "WARN", "ERROR", "FATAL"]).default("INFO")),
  /** `json`: one object per line. `console`: for reading. Default: console on a terminal, else json. */
  Encoding: z.enum(["json", "console"]).optional(),
  /** Appended to, with its folders made where missing. Default: standard output. */
  File: z.string().min(1).optional(),
});

/** The log on pino: structured lines on standard output or in a file. A config may call it `log_zap` as well. */
export const logPino = definePlugin({
  kind: "log",
  name: "log_pino",
  aliases: ["log_zap"],
  config,
  async create({ LogLevel, Encoding, File }) {
    const isTerminal = File === undefined && isatty(standardOutput);
    const destination = await openDestination({
      target: File ?? standardOutput,
      encoding: Encoding ?? (isTerminal ? "console" : "json"),
      colors: isTerminal,
    });
    return new PinoLog(destination, levels[LogLevel]);
  },
});
