import { M3Error, type M3ErrorOptions } from "m3game";
import { decodeError, encodeErrorDetail, toCode } from "m3game/internal";
import { encodeErrorAnswer, type TransMessage } from "./trans-message.ts";

/** What is kept of message and reason when the whole error is too large for the server. */
const shortTextLength = 1024;

/** An error as an answer of at most `maxBytes`: one that takes more loses its details and most of its message. */
export function encodeError(asked: TransMessage, sourceApp: string, error: M3Error, maxBytes: number): Buffer {
  const whole = encodeErrorAnswer(asked, sourceApp, error.code, error.message, encodeErrorDetail(error));
  if (whole.length <= maxBytes) return whole;
  const options: M3ErrorOptions = {
    reason: error.reason.slice(0, shortTextLength),
    notExecuted: error.notExecuted,
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
  };
  const detail = encodeErrorDetail(new M3Error(error.code, "", options));
  return encodeErrorAnswer(asked, sourceApp, error.code, error.message.slice(0, shortTextLength), detail);
}

/** The error in an answer, undefined when it is none. */
export function errorOf(answer: TransMessage): M3Error | undefined {
  if (answer.errorCode === 0) return undefined;
  return decodeError(toCode(answer.errorCode), answer.errorContent, answer.errorDetail);
}
