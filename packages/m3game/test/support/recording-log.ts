import { z } from "zod";
import { definePlugin, type LogFields, type Logger, type LogLevel, type PluginDefinition } from "../../src/index.ts";

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** A log that keeps its lines. Start an app with `plugins: [log.plugin]` and `config: log.config`. */
export class RecordingLog {
  readonly lines: LogLine[] = [];
  readonly plugin: PluginDefinition = definePlugin({
    kind: "log",
    name: "log_recording",
    config: z.object({}),
    create: () => ({ logger: this.logger(), level: "debug", [Symbol.asyncDispose]: async () => {} }),
  });
  readonly config = "[[Plugin.Log.log_recording]]\n";

  /** The lines of a level. */
  at(level: LogLevel): readonly LogLine[] {
    return this.lines.filter((line) => line.level === level);
  }

  /** A logger that writes here. */
  logger(base: LogFields = {}): Logger {
    const write = (level: LogLevel) => (message: string, fields?: LogFields) => {
      this.lines.push({ level, message, fields: { ...base, ...fields } });
    };
    return {
      debug: write("debug"),
      info: write("info"),
      warn: write("warn"),
      error: write("error"),
      fatal: write("fatal"),
      child: (fields) => this.logger({ ...base, ...fields }),
    };
  }
}
