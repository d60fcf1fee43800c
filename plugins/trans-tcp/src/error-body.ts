import { M3Error } from "m3game";
import { decodeError, encodeErrorDetail, reasonError, toCode } from "m3game/internal";

/** Code and the length of the message, in bytes. */
const fixedBytes = 3;
const maxTextBytes = 0xffff;
/** What is kept of message and reason when the whole error is too large for the other side. */
const shortTextBytes = 1024;

/**
 * Encodes an error as ERROR and GOAWAY frames carry it. One that takes more than `maxBytes` loses its details and most
 * of its message; every peer accepts what is left.
 */
export function encodeErrorBody(error: M3Error, maxBytes: number): Buffer {
  const text = Buffer.from(error.message, "utf8");
  const detail = encodeErrorDetail(error);
  if (text.length <= maxTextBytes && fixedBytes + text.length + detail.length <= maxBytes) {
    return join(error.code, text, detail);
  }
  const { code, notExecuted, retryAfterMs } = error;
  const reason = error.reason.slice(0, shortTextBytes);
  const bare = new M3Error(code, "", { reason, notExecuted, ...(retryAfterMs !== undefined && { retryAfterMs }) });
  return join(code, text.subarray(0, shortTextBytes), encodeErrorDetail(bare));
}

/** The error in the body of an ERROR or GOAWAY frame. Throws PROTOCOL for one that is cut short. */
export function decodeErrorBody(buffer: Buffer, start: number, end: number): M3Error {
  const textStart = start + fixedBytes;
  const textEnd = textStart + (textStart <= end ? buffer.readUInt16BE(start + 1) : 0);
  if (textStart > end || textEnd > end) throw reasonError("PROTOCOL", "an error frame is cut short");
  const text = buffer.toString("utf8", textStart, textEnd);
  return decodeError(toCode(buffer[start] ?? 0), text, buffer.subarray(textEnd, end));
}

function join(code: number, text: Uint8Array, detail: Uint8Array): Buffer {
  const head = Buffer.of(code, text.length >> 8, text.length & 0xff);
  return Buffer.concat([head, text, detail]);
}
