import {
  type Health,
  type LogFields,
  type Logger,
  type LogLevel,
  type PluginContext,
  parseAppId,
  systemClock,
} from "m3game";

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** A plugin context for tests, with what was logged and a health that can be set. */
export interface TestPluginContext extends PluginContext {
  /** Every line written, children's fields included. */
  readonly lines: readonly LogLine[];
  /** What `health()` answers. @default alive and ready */
  currentHealth: Health;
}

/** Makes what a plugin's `create` wants, for the app with this id. */
export function createPluginContext(appId: string): TestPluginContext {
  const lines: LogLine[] = [];
  const context: TestPluginContext = {
    app: parseAppId(appId),
    log: recorder(lines, {}),
    clock: systemClock,
    lines,
    currentHealth: { alive: true, ready: true },
    health: () => context.currentHealth,
  };
  return context;
}

function recorder(lines: LogLine[], base: LogFields): Logger {
  const at = (level: LogLevel) => (message: string, fields?: LogFields) => {
    lines.push({ level, message, fields: { ...base, ...fields } });
  };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    fatal: at("fatal"),
    child: (fields) => recorder(lines, { ...base, ...fields }),
  };
}
