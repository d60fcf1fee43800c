import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type ErrorDetail, ErrorDetailSchema } from "../../gen/m3/error_pb.js";
import { Code, codeName } from "./code.ts";
import { isReason, type ReasonName, reasons } from "./reasons.ts";

// Registered, so that two copies of this package in one process recognise each other's errors.
const brand = Symbol.for("m3game.error");

/** What an error says beside its code and message. */
export interface M3ErrorOptions {
  /** A reason of the framework's table, or one of the game's own. */
  readonly reason?: string;
  /**
   * The call was certainly not executed, so that sending it again is safe.
   * @default what the reason table says, false for other reasons
   */
  readonly notExecuted?: boolean;
  /** How long to wait before trying again, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Messages that travel along, made by `errorDetail`. @default none */
  readonly details?: readonly ErrorPayloadBytes[];
  /** What led to it; it stays in this process. */
  readonly cause?: unknown;
}

/** A detail message as it travels: full type name and encoding. */
export interface ErrorPayloadBytes {
  readonly type: string;
  readonly value: Uint8Array;
}

/**
 * The one error of the framework: what a handler throws to fail a call with a code of its choice, and what a failed
 * call rejects with. Anything else that a handler throws reaches the caller as `INTERNAL` without its message.
 */
export class M3Error extends Error {
  override readonly name = "M3Error";
  readonly [brand] = true;
  /** What kind of failure it is. */
  readonly code: Code;
  /** What exactly it is: of the table of reasons, or of the game's own; empty when none was given. */
  readonly reason: string;
  /** The call was certainly not executed. */
  readonly notExecuted: boolean;
  /** How long to wait before trying again, in milliseconds; undefined when it does not say. */
  readonly retryAfterMs: number | undefined;
  /** The messages that came along; `detail` decodes one. */
  readonly details: readonly ErrorPayloadBytes[];

  constructor(code: Code, message: string, options: M3ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.reason = options.reason ?? "";
    this.notExecuted = options.notExecuted ?? (isReason(this.reason) && reasons[this.reason].notExecuted);
    this.retryAfterMs = options.retryAfterMs;
    this.details = options.details ?? [];
  }

  /** True when sending the same call again is safe whatever the method: it was certainly not executed. */
  get retryable(): boolean {
    return this.notExecuted;
  }

  /** The detail message of this type, decoded, or undefined when the error carries none. */
  detail<D extends DescMessage>(schema: D): MessageShape<D> | undefined {
    const found = this.details.find((detail) => detail.type === schema.typeName);
    return found && fromBinary(schema, found.value);
  }

  /** `NOT_FOUND (NO_CLUB): no club 7` */
  override toString(): string {
    return `${codeName(this.code)}${this.reason && ` (${this.reason})`}: ${this.message}`;
  }

  /** The error as an M3Error: itself, or a wrapper with the code UNKNOWN that has it as its cause. */
  static from(error: unknown): M3Error {
    if (isM3Error(error)) return error;
    return new M3Error(Code.UNKNOWN, error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** True for an M3Error, of this copy of the package or another. */
export function isM3Error(error: unknown): error is M3Error {
  return typeof error === "object" && error !== null && brand in error;
}

/** An error of the framework's reason table. */
export function reasonError(
  reason: ReasonName,
  message: string,
  options: Omit<M3ErrorOptions, "reason"> = {},
): M3Error {
  return new M3Error(reasons[reason].code, message, { ...options, reason });
}

/** A detail message for `M3ErrorOptions.details`. */
export function errorDetail<D extends DescMessage>(schema: D, message: MessageShape<D>): ErrorPayloadBytes {
  return { type: schema.typeName, value: toBinary(schema, message) };
}

/** Encodes what travels beside code and message; empty when there is nothing to say. */
export function encodeErrorDetail(error: M3Error): Uint8Array {
  return toBinary(ErrorDetailSchema, toErrorDetail(error));
}

/** What travels beside code and message. */
export function toErrorDetail(error: M3Error): ErrorDetail {
  return create(ErrorDetailSchema, {
    reason: error.reason,
    notExecuted: error.notExecuted,
    retryAfterMs: toUint32(error.retryAfterMs ?? 0),
    payloads: error.details.map((detail) => ({ type: detail.type, value: detail.value })),
  });
}

// A handler may have put anything there; an error must always be sent.
function toUint32(value: number): number {
  return value > 0 ? Math.min(Math.ceil(value), 0xffffffff) : 0;
}

/** The error that a peer sent. A detail that can't be decoded is left out: code and message still stand. */
export function decodeError(code: Code, message: string, detail: Uint8Array): M3Error {
  let decoded: ErrorDetail;
  try {
    decoded = fromBinary(ErrorDetailSchema, detail);
  } catch {
    return new M3Error(code, message);
  }
  return new M3Error(code, message, {
    reason: decoded.reason,
    notExecuted: decoded.notExecuted,
    details: decoded.payloads,
    ...(decoded.retryAfterMs > 0 && { retryAfterMs: decoded.retryAfterMs }),
  });
}
