import { create } from "@bufbuild/protobuf";
import { describe, expect, test, vi } from "vitest";
import { LineSchema } from "../../test/support/services.ts";
import { Code, codeName, toCode } from "./code.ts";
import { decodeError, encodeErrorDetail, errorDetail, isM3Error, M3Error, reasonError } from "./error.ts";

const line = create(LineSchema, { text: "why", number: 7 });

describe("M3Error", () => {
  test("an error of the game's own carries what it was given", () => {
    const cause = new Error("cause");
    const error = new M3Error(Code.NOT_FOUND, "no club 7", {
      reason: "NO_CLUB",
      retryAfterMs: 5,
      details: [errorDetail(LineSchema, line)],
      cause,
    });
    expect(error).toMatchObject({ code: 5, message: "no club 7", reason: "NO_CLUB", retryAfterMs: 5, cause });
    expect(error.retryable).toBe(false);
    expect(String(error)).toBe("NOT_FOUND (NO_CLUB): no club 7");
    expect(String(new M3Error(Code.ABORTED, "again"))).toBe("ABORTED: again");
    expect(error.detail(LineSchema)).toEqual(line);
    expect(new M3Error(Code.ABORTED, "").detail(LineSchema)).toBeUndefined();
  });

  test("the reason table says the code and whether the call was executed, unless told otherwise", () => {
    expect(reasonError("NO_INSTANCE", "nobody")).toMatchObject({ code: Code.UNAVAILABLE, retryable: true });
    expect(reasonError("UNKNOWN_OUTCOME", "lost")).toMatchObject({ code: Code.UNKNOWN, retryable: false });
    expect(reasonError("MESSAGE_TOO_LARGE", "answer", { notExecuted: false }).retryable).toBe(false);
    expect(new M3Error(Code.UNAVAILABLE, "later", { notExecuted: true }).retryable).toBe(true);
  });

  test("from keeps an M3Error and wraps anything else", () => {
    const error = new M3Error(Code.ABORTED, "again");
    expect(M3Error.from(error)).toBe(error);
    const cause = new TypeError("broken");
    expect(M3Error.from(cause)).toMatchObject({ code: Code.UNKNOWN, message: "broken", cause });
    expect(M3Error.from("text")).toMatchObject({ code: Code.UNKNOWN, message: "text", cause: "text" });
    expect(M3Error.from(undefined)).toMatchObject({ code: Code.UNKNOWN, message: "undefined" });
  });

  test("an error of another copy of the package is recognised", async () => {
    vi.resetModules();
    const copy = await import("./error.ts");
    const foreign = new copy.M3Error(Code.ABORTED, "again");
    expect(foreign).not.toBeInstanceOf(M3Error);
    expect(isM3Error(foreign)).toBe(true);
    expect(M3Error.from(foreign)).toBe(foreign);
    for (const other of [new Error("x"), { code: 5 }, null, undefined, "x"]) expect(isM3Error(other)).toBe(false);
  });
});

describe("over the wire", () => {
  test("reason, details and the time to wait arrive", () => {
    const sent = new M3Error(Code.RESOURCE_EXHAUSTED, "later", {
      reason: "BUSY",
      notExecuted: true,
      retryAfterMs: 12.3,
      details: [errorDetail(LineSchema, line)],
    });
    const error = decodeError(sent.code, sent.message, encodeErrorDetail(sent));
    expect(error).toMatchObject({ code: 8, message: "later", reason: "BUSY", notExecuted: true, retryAfterMs: 13 });
    expect(error.detail(LineSchema)).toEqual(line);
  });

  test("a plain error has an empty detail", () => {
    const detail = encodeErrorDetail(new M3Error(Code.NOT_FOUND, "no club"));
    expect(detail).toHaveLength(0);
    expect(decodeError(Code.NOT_FOUND, "no club", detail)).toMatchObject({ reason: "", retryAfterMs: undefined });
  });

  test("what the sender says of being executed wins over the table", () => {
    const sent = reasonError("DRAINING", "downstream", { notExecuted: false });
    expect(decodeError(sent.code, sent.message, encodeErrorDetail(sent)).notExecuted).toBe(false);
  });

  test("a detail that can't be decoded leaves code and message", () => {
    expect(decodeError(Code.NOT_FOUND, "no club", Uint8Array.of(0xff, 0xff))).toMatchObject({
      code: Code.NOT_FOUND,
      message: "no club",
      reason: "",
      notExecuted: false,
    });
  });

  test.each([
    [Number.POSITIVE_INFINITY, 0xffffffff],
    [2 ** 40, 0xffffffff],
    [-5, undefined],
    [Number.NaN, undefined],
  ])("a time to wait of %d is sent as %d", (retryAfterMs, expected) => {
    const detail = encodeErrorDetail(new M3Error(Code.UNAVAILABLE, "later", { retryAfterMs }));
    expect(decodeError(Code.UNAVAILABLE, "later", detail).retryAfterMs).toBe(expected);
  });
});

test("numbers that are no code read as UNKNOWN", () => {
  expect([toCode(5), toCode(0), toCode(17), toCode(-1)]).toEqual([5, 2, 2, 2]);
  expect([codeName(16), codeName(99)]).toEqual(["UNAUTHENTICATED", "UNKNOWN"]);
});
