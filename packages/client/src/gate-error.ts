import type { CSMsg } from "../gen/m3/gate_pb.js";

/** The codes that this package itself gives errors; those of a gate may have any of gRPC's. */
export const Code = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  RESOURCE_EXHAUSTED: 8,
  ABORTED: 10,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

/** What an error says beside its code and message, see `GateError`. */
export interface GateErrorOptions {
  readonly reason?: string;
  readonly notExecuted?: boolean;
  readonly retryAfterMs?: number;
}

/** What a call rejects with, and why a connection ended. */
export class GateError extends Error {
  override readonly name = "GateError";
  /** A gRPC code. */
  readonly code: number;
  /** A reason of docs/errors.md, or one of the game's own. */
  readonly reason: string;
  /** The call certainly did not run: calling again is safe. */
  readonly notExecuted: boolean;
  /** How long to wait before trying again, in milliseconds; 0: not said. */
  readonly retryAfterMs: number;

  constructor(code: number, message: string, options: GateErrorOptions = {}) {
    super(message);
    this.code = code;
    this.reason = options.reason ?? "";
    this.notExecuted = options.notExecuted ?? false;
    this.retryAfterMs = options.retryAfterMs ?? 0;
  }
}

/** The error that a message of the gate carries. */
export function errorOf({ code, message, details }: CSMsg): GateError {
  return new GateError(code, message, details ?? {});
}
