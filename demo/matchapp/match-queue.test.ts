import { create } from "@bufbuild/protobuf";
import fc from "fast-check";
import { expect, test } from "vitest";
import { MatchTicketSchema } from "../gen/match_pb.js";
import { MatchQueue, type QueueRules } from "./match-queue.ts";
import { ratingGap, type Sides } from "./sides.ts";
import { sizeOf, type Waiting } from "./waiting.ts";

const rules: QueueRules = {
  sideSize: 1,
  rangeStart: 100,
  rangePerSecond: 50,
  rangeMost: 1000,
  incompleteAfterMs: 0,
};
let lastRole = 0n;

/** A party of equals. */
function party(ticketId: string, rating: number, size = 1) {
  const members = Array.from({ length: size }, () => ({ roleId: ++lastRole, rating }));
  return create(MatchTicketSchema, { ticketId, members });
}

function queueOf(all: readonly [id: string, rating: number, since: number, size?: number][], changed = {}) {
  const queue = new MatchQueue({ ...rules, ...changed });
  for (const [id, rating, since, size] of all) queue.add(party(id, rating, size), since, since);
  return queue;
}

const idsOf = (sides: Sides) => sides.map((side) => side.map(({ ticket }) => ticket.ticketId));

test("two whose ratings are near enough fight each other, once", () => {
  const queue = queueOf([
    ["june", 1000, 0],
    ["mike", 1100, 0],
    ["far", 1201, 0],
  ]);
  expect(queue.form(0).map(idsOf)).toEqual([[["june"], ["mike"]]]);
  expect([queue.size, queue.form(0)]).toEqual([1, []]);
});

test("the range widens with the time, up to a limit", () => {
  const queue = queueOf([
    ["june", 1000, 0],
    ["mike", 1200, 0],
    ["far", 2001, 0],
  ]);
  expect(queue.form(1999)).toEqual([]);
  expect(queue.form(2000).map(idsOf)).toEqual([[["june"], ["mike"]]]);
  queue.add(party("late", 1000, 1), 2000, 2000);
  expect(queue.form(1_000_000)).toEqual([]);
});

test("who has waited longest chooses first, and gets who is nearest", () => {
  const queue = queueOf([
    ["late", 1010, 20],
    ["old", 1000, 0],
    ["near", 1011, 10],
    ["nearest", 995, 30],
  ]);
  expect(queue.form(30).map(idsOf)).toEqual([
    [["old"], ["nearest"]],
    [["near"], ["late"]],
  ]);
});

test("a party stays together, and sides have equal numbers", () => {
  const queue = queueOf(
    [
      ["two", 1000, 0, 2],
      ["one", 1000, 1],
      ["other", 1050, 2],
      ["three", 1000, 3, 3],
    ],
    { sideSize: 2 },
  );
  expect(queue.form(3).map(idsOf)).toEqual([[["two"], ["one", "other"]]]);
  expect(queue.size).toBe(1);
});

test("after a while a match with places left will do", () => {
  const queue = queueOf(
    [
      ["june", 1000, 0],
      ["mike", 1000, 1],
    ],
    { sideSize: 2, incompleteAfterMs: 5000 },
  );
  expect(queue.form(4999)).toEqual([]);
  expect(queue.form(5000).map(idsOf)).toEqual([[["june"], ["mike"]]]);
});

test("what is taken out, or was not asked for any more, fights nobody", () => {
  const queue = queueOf([
    ["silent", 1000, 0],
    ["gone", 1000, 0],
    ["june", 1000, 0],
  ]);
  queue.remove("gone");
  expect(queue.hear("gone", 10)).toBe(false);
  expect(queue.hear("june", 10)).toBe(true);
  queue.dropSilent(5);
  expect([queue.form(10), queue.size]).toEqual([[], 1]);
});

const crowd = fc.record({
  sideSize: fc.integer({ min: 1, max: 4 }),
  incompleteAfterMs: fc.constantFrom(0, 15_000),
  tickets: fc.array(
    fc.record({
      rating: fc.integer({ min: 500, max: 2500 }),
      since: fc.integer({ min: 0, max: 20_000 }),
      size: fc.integer({ min: 1, max: 4 }),
    }),
    { maxLength: 40 },
  ),
});
const now = 20_000;
const rangeOf = ({ since }: Pick<Waiting, "since">) =>
  Math.min(rules.rangeMost, rules.rangeStart + (rules.rangePerSecond * (now - since)) / 1000);
/** Whoever chose the others. */
function firstOf([left]: Sides): Waiting {
  const [first] = left;
  if (first === undefined) throw new Error("a side is empty");
  return first;
}

function formFrom({ sideSize, incompleteAfterMs, tickets }: typeof crowd extends fc.Arbitrary<infer T> ? T : never) {
  const fitting = tickets.filter(({ size }) => size <= sideSize);
  const queue = queueOf(
    fitting.map(({ rating, since, size }, index) => [`${index}`, rating, since, size]),
    { sideSize, incompleteAfterMs },
  );
  return { queue, formed: queue.form(now), count: fitting.length, sideSize };
}

test("nobody is in two matches, and nobody is lost", () => {
  fc.assert(
    fc.property(crowd, (given) => {
      const { queue, formed, count } = formFrom(given);
      const ids = formed.flatMap(idsOf).flat();
      expect(new Set(ids).size).toBe(ids.length);
      expect(queue.size + ids.length).toBe(count);
      for (const id of ids) expect(queue.hear(id, now)).toBe(false);
    }),
  );
});

test("sides are full, or somebody has waited long enough; nobody is outside the range of who chose", () => {
  fc.assert(
    fc.property(crowd, (given) => {
      const { formed, sideSize } = formFrom(given);
      for (const sides of formed) {
        const first = firstOf(sides);
        const sizes = sides.map(sizeOf);
        expect(Math.max(...sizes)).toBeLessThanOrEqual(sideSize);
        if (sizeOf(sides.flat()) < 2 * sideSize) {
          expect(given.incompleteAfterMs).toBeGreaterThan(0);
          expect(now - first.since).toBeGreaterThanOrEqual(given.incompleteAfterMs);
        }
        for (const { rating } of sides.flat())
          expect(Math.abs(rating - first.rating)).toBeLessThanOrEqual(rangeOf(first));
      }
    }),
  );
});

test("no other way to put the same tickets on two full sides has a smaller rating gap", () => {
  fc.assert(
    fc.property(crowd, (given) => {
      const { formed, sideSize } = formFrom(given);
      for (const sides of formed.filter((all) => sizeOf(all.flat()) === 2 * sideSize)) {
        const all = sides.flat();
        const gap = ratingGap(sides.map((side) => side.map(({ ticket }) => ticket)));
        for (let way = 0; way < 2 ** all.length; way++) {
          const other = [0, 1].map((bit) => all.filter((_, index) => ((way >> index) & 1) === bit));
          if (!other.every((side) => sizeOf(side) === sideSize)) continue;
          const otherGap = ratingGap(other.map((side) => side.map(({ ticket }) => ticket)));
          expect(gap).toBeLessThanOrEqual(otherGap + 1e-9);
        }
      }
    }),
    { numRuns: 50 },
  );
});

test("no younger match of two took somebody whom an older ticket, still waiting, could have had", () => {
  fc.assert(
    fc.property(crowd, (given) => {
      const { queue, formed } = formFrom({ ...given, sideSize: 1, incompleteAfterMs: 0 });
      const taken = new Set(formed.flatMap(idsOf).flat());
      const left = given.tickets
        .filter(({ size }) => size === 1)
        .map((ticket, index) => ({ ...ticket, id: `${index}` }))
        .filter(({ id }) => !taken.has(id));
      expect(left).toHaveLength(queue.size);
      for (const { rating, since } of left) {
        const range = rangeOf({ since });
        for (const sides of formed) {
          if (firstOf(sides).since <= since) continue;
          for (const other of sides.flat()) expect(Math.abs(other.rating - rating)).toBeGreaterThan(range);
        }
      }
    }),
  );
});
