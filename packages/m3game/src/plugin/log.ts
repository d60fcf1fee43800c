/** How much a log line matters, the least first. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "fatal";

/** Structured fields of a log line. An `error` field is shown with its stack. */
export type LogFields = Readonly<Record<string, unknown>>;

/** A logger. Writing never throws and never waits. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Logs at the highest level. It does not end the process. */
  fatal(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to each line. */
  child(fields: LogFields): Logger;
}

/** Where log lines go. Disposing writes out what is buffered. */
export interface Log extends AsyncDisposable {
  /** Writes to it. */
  readonly logger: Logger;
  /** The lowest level that is written; setting it takes effect at once, in children too. */
  level: LogLevel;
}

const nothing = () => {};

/** The logger that writes nothing: what an app without a log plugin has. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
  child: () => silentLogger,
};
