import fc from "fast-check";
import { expect, test } from "vitest";
import { escapeNul, unescapeNul } from "./escape-nul.ts";

const texts = fc.string({ unit: fc.constantFrom("\0", "\x01", "\x02", "a", "\u{1f600}") });

test("texts come back, hold no NUL, and keep their order", () => {
  fc.assert(
    fc.property(texts, texts, (a, b) => {
      expect(unescapeNul(escapeNul(a))).toBe(a);
      expect(escapeNul(a)).not.toContain("\0");
      const order = (left: string, right: string) => Math.sign(Buffer.compare(Buffer.from(left), Buffer.from(right)));
      expect(order(escapeNul(a), escapeNul(b))).toBe(order(a, b));
    }),
  );
});

test("what was never escaped is refused", () => {
  expect(() => unescapeNul("a\x01b")).toThrow("means nothing");
  expect(() => unescapeNul("a\x01")).toThrow("means nothing");
});
