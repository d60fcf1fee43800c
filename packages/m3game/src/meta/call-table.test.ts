import fc from "fast-check";
import { expect, test } from "vitest";
import { CallTable } from "./call-table.ts";

test("holds what a Map would, through any order of changes", () => {
  const number = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 0xffff_ffff }));
  const steps = fc.array(fc.record({ adds: fc.boolean(), number }), { maxLength: 600 });
  fc.assert(
    fc.property(steps, (changes) => {
      const table = new CallTable<{ readonly id: number }>();
      const model = new Map<number, { readonly id: number }>();
      for (const [id, { adds, number }] of changes.entries()) {
        const value = { id };
        if (adds) {
          table.set(number, value);
          model.set(number, value);
        } else {
          expect(table.delete(number)).toBe(model.delete(number));
        }
      }
      expect(table.size).toBe(model.size);
      for (const { number } of changes) expect(table.get(number)).toBe(model.get(number));
    }),
  );
});

test("numbers that are added and removed one after another, a few at a time, as those of a connection are", () => {
  const table = new CallTable<{ readonly number: number }>();
  for (let number = 1; number <= 20_000; number++) {
    table.set(number, { number });
    const oldest = number - 500;
    if (oldest < 1) continue;
    expect(table.get(oldest)).toEqual({ number: oldest });
    expect(table.delete(oldest)).toBe(true);
    expect(table.has(oldest)).toBe(false);
  }
  expect(table.size).toBe(500);
});

test("is empty when all were taken", () => {
  const table = new CallTable<{ readonly number: number }>();
  for (let number = 0; number < 100; number++) table.set(number, { number });
  expect(new Set(table.takeAll().map(({ number }) => number))).toEqual(new Set(Array(100).keys()));
  expect([table.size, table.get(7), table.takeAll()]).toEqual([0, undefined, []]);
  table.set(7, { number: 7 });
  expect(table.size).toBe(1);
});
