import { resolve } from "node:path";
import {
  type Clock,
  type Health,
  type LogFields,
  type Logger,
  type LogLevel,
  type PluginContext,
  type PluginOptions,
  parseAppId,
  systemClock,
} from "m3game";
import { reasonError } from "m3game/internal";
import { Received } from "./received.ts";

/** A line that was logged. */
export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** A plugin context for tests, with what was logged and a health that can be set. */
export interface TestPluginContext extends PluginContext {
  /** Every line written, children's fields included. */
  readonly lines: readonly LogLine[];
  /** Resolves with the first line from now on, or already there, that has this message. */
  waitForLine(message: string): Promise<LogLine>;
  /** What `health()` answers. @default alive and ready */
  currentHealth: Health;
}

/** What the context is to be like. */
export interface TestPluginContextOptions {
  /** @default the machine's monotonic clock */
  readonly clock?: Clock;
  /** @default nothing set */
  readonly options?: PluginOptions;
  /** The folder that paths of the config are relative to. @default the working directory */
  readonly folder?: string;
  /** How the plugin calls apps. @default every call rejects: there are none */
  readonly call?: PluginContext["call"];
}

/** Makes what a plugin's `create` wants, for the app with this id. */
export function createPluginContext(appId: string, given: TestPluginContextOptions = {}): TestPluginContext {
  const { clock = systemClock, options = { Shape: {} }, folder = ".", call = noCalls } = given;
  const received = new Received<LogLine>();
  const context: TestPluginContext = {
    app: parseAppId(appId),
    log: recorder(received.listener, {}),
    clock,
    options,
    resolvePath: (path) => resolve(folder, path),
    lines: received.items,
    waitForLine: async (message) => {
      await received.until((_last, lines) => lines.some((line) => line.message === message));
      return received.items.find((line) => line.message === message) ?? received.last;
    },
    currentHealth: { alive: true, ready: true },
    health: () => context.currentHealth,
    call,
  };
  return context;
}

async function noCalls(): Promise<never> {
  throw reasonError("CONTEXT_ENDED", "this context has no app that could make calls");
}

function recorder(write: (line: LogLine) => void, base: LogFields): Logger {
  const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
    write({ level, message, fields: { ...base, ...fields } });
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    fatal: at("fatal"),
    child: (fields) => recorder(write, { ...base, ...fields }),
  };
}
