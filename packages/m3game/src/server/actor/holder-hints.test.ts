import { expect, test } from "vitest";
import { HolderHints } from "./holder-hints.ts";

function createClock() {
  let now = 0;
  return {
    now: () => now,
    after: () => ({ cancel: () => {} }),
    advance: (ms: number) => {
      now += ms;
    },
  };
}

test("a hint lasts a second from when it was given", () => {
  const clock = createClock();
  const hints = new HolderHints(clock);
  hints.set("7", "a");
  clock.advance(999);
  expect(hints.get("7")).toBe("a");
  expect(hints.get("8")).toBeUndefined();
  clock.advance(1);
  expect(hints.get("7")).toBeUndefined();
});

test("the newest counts, and one that is forgotten is gone", () => {
  const hints = new HolderHints(createClock());
  hints.set("7", "a");
  hints.set("7", "b");
  expect(hints.get("7")).toBe("b");
  hints.forget("7");
  expect(hints.get("7")).toBeUndefined();
});

test("of too many the oldest goes", () => {
  const hints = new HolderHints(createClock());
  for (let id = 0; id <= 10_000; id++) hints.set(String(id), "a");
  expect([hints.get("0"), hints.get("1"), hints.get("10000")]).toEqual([undefined, "a", "a"]);
});
