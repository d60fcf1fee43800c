import { codeName, isM3Error } from "m3game";

/** An error as a log line shows it. */
export interface PlainError {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  /** The name of an M3Error's code, or what the error has as its `code`: `ECONNREFUSED`. */
  readonly code?: unknown;
  readonly reason?: string;
  readonly cause?: unknown;
  /** Those of an AggregateError. */
  readonly errors?: readonly unknown[];
}

// A chain of causes is rarely deeper, and one that comes back to itself must end.
const maxDepth = 8;

/** The error with its stack, its causes and the errors it gathers, as plain objects. */
export function plainError(error: Error, depth = 0): PlainError {
  const code = isM3Error(error) ? codeName(error.code) : "code" in error ? error.code : undefined;
  const inner = (value: unknown) =>
    value instanceof Error && depth < maxDepth ? plainError(value, depth + 1) : String(value);
  return {
    type: error.name,
    message: error.message,
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(code !== undefined && { code }),
    ...(isM3Error(error) && error.reason !== "" && { reason: error.reason }),
    ...(error.cause !== undefined && { cause: inner(error.cause) }),
    ...(error instanceof AggregateError && { errors: error.errors.map(inner) }),
  };
}
