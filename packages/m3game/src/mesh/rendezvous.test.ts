import { describe, expect, test } from "vitest";
import { Rendezvous } from "./rendezvous.ts";

const keys = Array.from({ length: 100_000 }, (_, index) => `key-${index}`);
const apps = (count: number) => Array.from({ length: count }, (_, index) => `example.world1.actor.${index + 1}`);
const owners = (members: readonly string[]) => {
  const ring = new Rendezvous(members);
  return keys.map((key) => members[ring.owner(key)]);
};

describe("Rendezvous", () => {
  test.each([2, 3, 5, 10, 30, 100])("%i apps: the fullest holds at most 1.25 times the mean", (count) => {
    const load = new Map<string | undefined, number>();
    for (const owner of owners(apps(count))) load.set(owner, (load.get(owner) ?? 0) + 1);
    expect(load.size).toBe(count);
    expect(Math.max(...load.values())).toBeLessThanOrEqual((1.25 * keys.length) / count);
  });

  test.each([2, 3, 5, 10, 30])("adding one to %i apps moves at most 1.3/N of the keys, and only to it", (count) => {
    const before = owners(apps(count));
    const joined = apps(count + 1);
    const after = owners(joined);
    const moved = after.filter((owner, index) => owner !== before[index]);
    expect(moved.length).toBeGreaterThan(0);
    expect(moved.length).toBeLessThanOrEqual((1.3 * keys.length) / count);
    expect(new Set(moved)).toEqual(new Set([joined[count]]));
  });

  test("an app that leaves gives up only its own keys", () => {
    const members = apps(7);
    const before = owners(members);
    const gone = members[3];
    const after = owners(members.filter((app) => app !== gone));
    for (const [index, owner] of before.entries()) {
      if (owner !== gone) expect(after[index]).toBe(owner);
    }
  });

  test("the order of the members does not matter", () => {
    expect(owners(apps(9).reverse())).toEqual(owners(apps(9)));
  });

  test("no members, no owner", () => {
    expect(new Rendezvous([]).owner("key")).toBe(-1);
  });
});
