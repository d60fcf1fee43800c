import fc from "fast-check";
import { expect, test } from "vitest";
import { World } from "./world.ts";

const fields = { speed: "float64", hp: "int32" } as const;
const size = { width: 100, height: 60, cellSize: 10, capacity: 300, fields } as const;
const still = () => {};

test("what is near is found, wherever it is", () => {
  const place = fc.record({
    x: fc.double({ min: 0, max: 99.9, noNaN: true }),
    y: fc.double({ min: 0, max: 59.9, noNaN: true }),
  });
  fc.assert(
    fc.property(
      fc.array(place, { maxLength: 200 }),
      place,
      fc.double({ min: 0, max: 150, noNaN: true }),
      (all, at, radius) => {
        const world = new World({ ...size, update: still });
        const slots = all.map((each) => world.add(each));
        const found = new Set<number>();
        world.near(at.x, at.y, radius, (slot) => found.add(slot));
        const expected = slots.filter((_, index) => {
          const { x = 0, y = 0 } = all[index] ?? {};
          return (x - at.x) ** 2 + (y - at.y) ** 2 <= radius ** 2;
        });
        expect([...found].sort((a, b) => a - b)).toEqual(expected);
      },
    ),
  );
});

test("an area has its edges", () => {
  const world = new World({ ...size, update: still });
  const [inside, edge] = [world.add({ x: 15, y: 15 }), world.add({ x: 20, y: 20 })];
  world.add({ x: 20.1, y: 20 });
  const found: number[] = [];
  world.within({ minX: 10, minY: 10, maxX: 20, maxY: 20 }, (slot) => found.push(slot));
  expect(found.sort()).toEqual([inside, edge]);
});

test("all read what was before the tick: the order of the cells does not matter", () => {
  // Each takes over the number of the one to its left: a wave that moves by one entity a tick, in both directions of the cells.
  const world = new World({
    ...size,
    update: ({ slots, now, next, near }) => {
      for (const slot of slots) {
        next.hp[slot] = 0;
        near((now.x[slot] ?? 0) - 10, now.y[slot] ?? 0, 1, (left) => {
          next.hp[slot] = now.hp[left] ?? 0;
        });
      }
    },
  });
  const row = Array.from({ length: 9 }, (_, index) => world.add({ x: 5 + index * 10, y: 5, hp: index === 0 ? 7 : 0 }));
  world.tick(50);
  world.tick(50);
  expect(row.map((slot) => world.now.hp[slot])).toEqual([0, 0, 7, 0, 0, 0, 0, 0, 0]);
});

test("what an entity becomes is found at its new place", () => {
  const world = new World({
    ...size,
    update: ({ slots, now, next, deltaMs }) => {
      for (const slot of slots) next.x[slot] = (now.x[slot] ?? 0) + ((now.speed[slot] ?? 0) * deltaMs) / 1000;
    },
  });
  const runner = world.add({ x: 5, y: 5, speed: 40 });
  world.tick(1000);
  expect(world.now.x[runner]).toBe(45);
  const found: number[] = [];
  world.near(45, 5, 1, (slot) => found.push(slot));
  world.near(5, 5, 1, () => found.push(-1));
  expect(found).toEqual([runner]);
});

test("the serial phase settles what concerns several cells, in the order of the cells", () => {
  const events: number[][] = [];
  const world = new World<typeof fields, number>({
    ...size,
    update: ({ slots, emit }) => {
      for (const slot of slots) emit(slot);
    },
    resolve: (plane, emitted) => {
      events.push([...emitted]);
      for (const slot of emitted) {
        plane.next.hp[slot] = (plane.next.hp[slot] ?? 0) - 10;
        if ((plane.next.hp[slot] ?? 0) <= 0) plane.remove(slot);
      }
    },
  });
  const last = world.add({ x: 95, y: 55, hp: 15 });
  const first = world.add({ x: 1, y: 1, hp: 10 });
  world.tick(50);
  expect(events).toEqual([[first, last]]);
  expect(world.has(first)).toBe(false);
  expect(world.now.hp[last]).toBe(5);
  world.tick(50);
  expect(events[1]).toEqual([last]);
  expect(world.size).toBe(0);
});

test("a slot that is used again has nothing of the one before", () => {
  const world = new World({ ...size, update: still });
  const slot = world.add({ x: 1, y: 1, hp: 9, speed: 3 });
  world.remove(slot);
  expect(world.add({ x: 2, y: 2 })).toBe(slot);
  expect(world.now.hp[slot]).toBe(0);
  world.tick(50);
  expect(world.now.speed[slot]).toBe(0);
});

test("what is set outside of a tick stays", () => {
  const world = new World({ ...size, update: still });
  const slot = world.add({ x: 1, y: 1 });
  world.set(slot, { x: 50, hp: 3 });
  world.tick(50);
  world.tick(50);
  expect([world.now.x[slot], world.now.y[slot], world.now.hp[slot]]).toEqual([50, 1, 3]);
});

test("what can't be is refused, and says why", () => {
  const world = new World({ ...size, capacity: 1, update: still });
  expect(() => world.add({ x: 100, y: 1 })).toThrow("100,1 is outside of the world, which ends before 100,60");
  expect(() => world.add({ x: Number.NaN, y: 1 })).toThrow(RangeError);
  expect(() => world.set(0, { hp: 1 })).toThrow("there is no entity 0");
  const slot = world.add({ x: 1, y: 1 });
  expect(() => world.add({ x: 1, y: 1 })).toThrow("the world is full: it has room for 1 entities");
  expect(() => world.set(slot, { y: 60 })).toThrow(RangeError);
  expect(() => new World({ ...size, cellSize: 0, update: still })).toThrow("cellSize must be above 0: 0");
});

test("a tick within a tick is refused", () => {
  const world = new World({ ...size, update: () => world.tick(1) });
  world.add({ x: 1, y: 1 });
  expect(() => world.tick(1)).toThrow("a tick runs already");
});
