import fc from "fast-check";
import { expect, test } from "vitest";
import { StreamTable } from "./stream-table.ts";

test("holds what a Map would, through any order of changes", () => {
  const stream = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 0, max: 0xffff_ffff }));
  const steps = fc.array(fc.record({ adds: fc.boolean(), stream }), { maxLength: 600 });
  fc.assert(
    fc.property(steps, (changes) => {
      const table = new StreamTable<{ readonly id: number }>();
      const model = new Map<number, { readonly id: number }>();
      for (const [id, { adds, stream }] of changes.entries()) {
        const value = { id };
        if (adds) {
          table.set(stream, value);
          model.set(stream, value);
        } else {
          expect(table.delete(stream)).toBe(model.delete(stream));
        }
      }
      expect(table.size).toBe(model.size);
      for (const { stream } of changes) expect(table.get(stream)).toBe(model.get(stream));
    }),
  );
});

test("streams that are added and removed one after another, a few at a time, as those of a connection are", () => {
  const table = new StreamTable<{ readonly stream: number }>();
  for (let stream = 1; stream <= 20_000; stream++) {
    table.set(stream, { stream });
    const oldest = stream - 500;
    if (oldest < 1) continue;
    expect(table.get(oldest)).toEqual({ stream: oldest });
    expect(table.delete(oldest)).toBe(true);
    expect(table.has(oldest)).toBe(false);
  }
  expect(table.size).toBe(500);
});

test("is empty when all were taken", () => {
  const table = new StreamTable<{ readonly stream: number }>();
  for (let stream = 0; stream < 100; stream++) table.set(stream, { stream });
  expect(new Set(table.takeAll().map(({ stream }) => stream))).toEqual(new Set(Array(100).keys()));
  expect([table.size, table.get(7), table.takeAll()]).toEqual([0, undefined, []]);
  table.set(7, { stream: 7 });
  expect(table.size).toBe(1);
});
