import { expect, test } from "vitest";
import { isOlder } from "./version-order.ts";

test.each([
  ["1.9.0", "1.10.0", true],
  ["1.2", "1.2.1", true],
  ["1.10.0", "1.9.0", false],
  ["1.2", "1.2.0", false],
  ["blue", "green", false],
  [undefined, "1.0.0", false],
  ["1.0.0", undefined, false],
])("%s is older than %s: %s", (version, other, expected) => {
  expect(isOlder(version, other)).toBe(expected);
});
