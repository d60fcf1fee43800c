import { create } from "@bufbuild/protobuf";
import { Code, errorDetail, M3Error } from "m3game";
import { ErrorPayloadSchema } from "m3game/gen/m3/error_pb.js";
import { decodeError } from "m3game/internal";
import { expect, test } from "vitest";
import { errorStatus } from "./error-status.ts";

function decode(error: M3Error): M3Error {
  const { details, metadata } = errorStatus(error);
  const [bytes] = metadata.get("m3error-bin");
  return decodeError(error.code, details, Buffer.isBuffer(bytes) ? bytes : Buffer.alloc(0));
}

function errorWith(bytes: number): M3Error {
  const payload = create(ErrorPayloadSchema, { value: new Uint8Array(bytes) });
  const details = [errorDetail(ErrorPayloadSchema, payload)];
  return new M3Error(Code.ABORTED, "taken", { reason: "TAKEN", notExecuted: true, retryAfterMs: 9, details });
}

test("details that fit a header travel", () => {
  expect(decode(errorWith(1000)).details).toHaveLength(1);
});

test("details that don't fit a header are left out; the rest travels", () => {
  const decoded = decode(errorWith(5000));
  expect(decoded.details).toEqual([]);
  expect(decoded).toMatchObject({ reason: "TAKEN", notExecuted: true, retryAfterMs: 9, message: "taken" });
});

test("a long message is cut, never within a character", () => {
  const { details } = errorStatus(new M3Error(Code.ABORTED, `a${"\u{1f3b2}".repeat(2000)}`));
  expect(details.length).toBeLessThan(1100);
  expect(() => encodeURI(details)).not.toThrow();
  expect(details.endsWith("…")).toBe(true);
});
