import { expect, test } from "vitest";
import { RandomIds } from "./random-ids.ts";

test("ids are hexadecimal, as long as they must be, and none comes twice", () => {
  const ids = new RandomIds();
  const traces = Array.from({ length: 1000 }, () => ids.trace());
  const spans = Array.from({ length: 1001 }, () => ids.span());
  expect(traces.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
  expect(spans.every((id) => /^[0-9a-f]{16}$/.test(id))).toBe(true);
  expect(new Set([...traces, ...spans]).size).toBe(2001);
});
