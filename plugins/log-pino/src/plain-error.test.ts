import { expect, test } from "vitest";
import { plainError } from "./plain-error.ts";

test("a chain of causes that comes back to itself ends", () => {
  const first = new Error("first");
  first.cause = new Error("second", { cause: first });
  expect(JSON.stringify(plainError(first))).toContain("second");
});

test("a cause that is no error is shown as text", () => {
  expect(plainError(new Error("x", { cause: 404 })).cause).toBe("404");
});

test("the errors of an AggregateError are shown", () => {
  const error = new AggregateError([new TypeError("a"), "b"], "all failed");
  expect(plainError(error).errors).toEqual([expect.objectContaining({ type: "TypeError", message: "a" }), "b"]);
});
