import fc from "fast-check";
import { Code, isM3Error, M3Error } from "m3game";
import { expect, test } from "vitest";
import { decodeErrorBody, encodeErrorBody } from "./error-body.ts";
import { maxGreetingBytes } from "./frame.ts";

const details = [{ type: "game.Detail", value: new Uint8Array(6000) }];

function roundTrip(error: M3Error, maxBytes: number): M3Error {
  const body = encodeErrorBody(error, maxBytes);
  expect(body.length).toBeLessThanOrEqual(maxBytes);
  return decodeErrorBody(body, 0, body.length);
}

test("an error that fits arrives whole", () => {
  const sent = new M3Error(Code.ABORTED, "im Grünen ☂", { reason: "X", notExecuted: true, retryAfterMs: 5, details });
  const { code, message, reason, notExecuted, retryAfterMs, details: got } = roundTrip(sent, 10_000);
  expect({ code, message, reason, notExecuted, retryAfterMs }).toEqual({
    code: Code.ABORTED,
    message: "im Grünen ☂",
    reason: "X",
    notExecuted: true,
    retryAfterMs: 5,
  });
  expect(got.map(({ type, value }) => [type, value.length])).toEqual([["game.Detail", 6000]]);
});

test("one that is too large loses its details and most of its message, not code and reason", () => {
  const sent = new M3Error(Code.ABORTED, "a".repeat(70_000), { reason: "X".repeat(5000), retryAfterMs: 5, details });
  for (const maxBytes of [maxGreetingBytes - 10, 60_000, 1 << 20]) {
    const got = roundTrip(sent, maxBytes);
    expect(got).toMatchObject({ code: Code.ABORTED, message: "a".repeat(1024), retryAfterMs: 5 });
    expect(got.reason).toBe("X".repeat(1024));
  }
});

test("every cut of an error is decoded or refused with PROTOCOL", () => {
  const body = encodeErrorBody(new M3Error(Code.ABORTED, "message", { reason: "X", details }), 10_000);
  for (let end = 0; end < body.length; end++) {
    try {
      expect(decodeErrorBody(body, 0, end)).toMatchObject({ code: Code.ABORTED, message: "message" });
    } catch (error) {
      expect(isM3Error(error) && error.reason).toBe("PROTOCOL");
      expect(end).toBeLessThan(3 + "message".length);
    }
  }
});

test("random bytes are decoded or refused with PROTOCOL", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      try {
        expect(isM3Error(decodeErrorBody(Buffer.from(bytes), 0, bytes.length))).toBe(true);
      } catch (error) {
        expect(isM3Error(error) && error.reason).toBe("PROTOCOL");
      }
    }),
    { numRuns: 1000 },
  );
});
