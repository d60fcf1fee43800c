import fc from "fast-check";
import { expect, test } from "vitest";
import { KnownNames } from "./known-names.ts";

test("names are what their bytes say, whatever came before", () => {
  // Few characters, so that many names have the same place, the same length and the same ends.
  const name = fc.string({ unit: fc.constantFrom("a", "b", "/"), maxLength: 6 });
  const other = fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes).toString("latin1"));
  fc.assert(
    fc.property(fc.array(fc.oneof(name, other), { maxLength: 200 }), fc.nat(3), (texts, offset) => {
      const names = new KnownNames();
      for (const text of texts) {
        const buffer = Buffer.concat([Buffer.alloc(offset), Buffer.from(text, "latin1"), Buffer.from("more")]);
        expect(names.read(buffer, offset, offset + text.length)).toBe(text);
      }
    }),
  );
});

test("a name stays what it was when its buffer is written to again", () => {
  const names = new KnownNames();
  const buffer = Buffer.from("/a.Ser/One");
  expect(names.read(buffer, 0, 10)).toBe("/a.Ser/One");
  buffer.write("/a.Ser/Two");
  expect(names.read(buffer, 0, 10)).toBe("/a.Ser/Two");
  expect(names.read(Buffer.from("/a.Ser/One"), 0, 10)).toBe("/a.Ser/One");
});
