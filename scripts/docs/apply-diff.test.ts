import { expect, test } from "vitest";
import { applyDiff } from "./apply-diff.ts";

const text = "one\n  two\nthree\n";

test("replaces lines between those that stay, at several places", () => {
  expect(applyDiff(text, " one\n-  two\n+2\n+2.5\n@@\n three\n+four\n")).toBe("one\n2\n2.5\nthree\nfour\n");
  expect(applyDiff(text, "-one\n+1\n")).toBe("1\n  two\nthree\n");
});

test.each([
  ["what is nowhere", " two\n+x\n", "found 0 times"],
  ["what is there twice", " a\n+x\n", "found 2 times"],
  ["a line of no kind", "three\n", "starts with -, + or a blank"],
])("%s is refused", (_what, diff, problem) => {
  expect(() => applyDiff("a\nb\na\n", diff)).toThrow(problem);
});
