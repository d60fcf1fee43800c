import type { Log, LogFields, Logger, LogLevel } from "m3game";
import { type Logger as Pino, pino, stdTimeFunctions } from "pino";
import type { Destination } from "./destination.ts";
import { loggableFields } from "./loggable-fields.ts";

const order: readonly LogLevel[] = ["debug", "info", "warn", "error", "fatal"];

/**
 * The Log contract on pino. The level is kept here and not in pino, whose children keep the level that was in force
 * when they were made.
 */
export class PinoLog implements Log {
  readonly logger: Logger;
  level: LogLevel;
  readonly #destination: Destination;
  readonly #pino: Pino;
  #disposed = false;

  constructor(destination: Destination, level: LogLevel) {
    this.level = level;
    this.#destination = destination;
    this.#pino = pino(
      {
        level: "debug",
        base: null,
        timestamp: stdTimeFunctions.isoTime,
        formatters: { level: (label) => ({ level: label }) },
        // Errors are made plain in loggableFields, whatever the name of their field.
        serializers: {},
      },
      destination,
    );
    this.logger = this.#loggerWith({});
  }

  #loggerWith(bound: LogFields): Logger {
    const writer = (level: LogLevel) => (message: string, fields?: LogFields) =>
      this.#write(level, message, bound, fields);
    return {
      debug: writer("debug"),
      info: writer("info"),
      warn: writer("warn"),
      error: writer("error"),
      fatal: writer("fatal"),
      child: (fields) => this.#loggerWith({ ...bound, ...loggableFields(fields) }),
    };
  }

  #write(level: LogLevel, message: string, bound: LogFields, fields: LogFields | undefined): void {
    if (this.#disposed || order.indexOf(level) < order.indexOf(this.level)) return;
    try {
      this.#pino[level](fields ? { ...bound, ...loggableFields(fields) } : bound, message);
    } catch (error) {
      this.#pino[level]({ unwritableFields: String(error) }, message);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    await this.#destination[Symbol.asyncDispose]();
  }
}
