import { expect, test } from "vitest";
import { type AppCalls, CanaryWatch } from "./canary-watch.ts";

const app = (name: string, served: number, failed: number, tookMs = 0): AppCalls => ({
  ...{ app: name, isCanary: name.startsWith("new"), served, failed, tookMs },
});

test("a version is bad when clearly more of its calls fail than of the others'", () => {
  const watch = new CanaryWatch(0.02);
  expect(watch.look([app("old", 1000, 500), app("new", 100, 100)]).fault).toBeUndefined();
  expect(watch.look([app("old", 1100, 501), app("new", 110, 101)])).toEqual({
    ...{ canary: { served: 10, failed: 1, tookMs: 0 }, others: { served: 100, failed: 1, tookMs: 0 } },
    fault: undefined,
  });
  // Now there are enough of them.
  expect(watch.look([app("old", 1200, 502), app("new", 120, 102)])).toMatchObject({ fault: "fails" });
});

test("not when as many calls of the others fail, whatever that is due to", () => {
  const watch = new CanaryWatch(0.02);
  watch.look([app("old", 0, 0), app("new", 0, 0)]);
  expect(watch.look([app("old", 100, 90), app("new", 100, 91)]).fault).toBeUndefined();
});

test("an app that was started again counts from 0, one that came later from where it is", () => {
  const watch = new CanaryWatch(0.02);
  watch.look([app("old", 100, 0), app("new1", 500, 400)]);
  expect(watch.look([app("old", 200, 0), app("new1", 30, 0), app("new2", 1000, 1000)])).toMatchObject({
    canary: { served: 30, failed: 0, tookMs: 0 },
  });
});

test("only the last twelve looks count", () => {
  const watch = new CanaryWatch(0.02);
  watch.look([app("new", 0, 0)]);
  expect(watch.look([app("new", 100, 100)]).fault).toBe("fails");
  for (let look = 0; look < 12; look++) watch.look([app("new", 100, 100)]);
  expect(watch.look([app("new", 200, 100)])).toMatchObject({
    fault: undefined,
    canary: { served: 100, failed: 0, tookMs: 0 },
  });
});

test("a version is slow when its calls take more than twice as long as the others', and 100 ms longer", () => {
  const look = (canaryMs: number, othersMs: number, others = 100) => {
    const watch = new CanaryWatch(0.02);
    watch.look([app("old", 0, 0), app("new", 0, 0)]);
    return watch.look([app("old", others, 0, others * othersMs), app("new", 100, 0, 100 * canaryMs)]).fault;
  };
  expect(look(105, 4)).toBe("slow");
  expect(look(103, 4)).toBeUndefined();
  expect(look(310, 150)).toBe("slow");
  expect(look(290, 150)).toBeUndefined();
  expect(look(1000, 1, 3)).toBeUndefined();
});

test("a version does not stay up when it is gone for six looks in a row, while others are there", () => {
  const watch = new CanaryWatch(0.02);
  const without = (looks: number) => Array.from({ length: looks }, () => watch.look([app("old", 0, 0)]).fault).at(-1);
  expect(without(10)).toBeUndefined();
  watch.look([app("old", 0, 0), app("new", 0, 0)]);
  expect(without(5)).toBeUndefined();
  expect(watch.look([])).toMatchObject({ fault: undefined });
  watch.look([app("old", 0, 0), app("new", 0, 0)]);
  expect(without(5)).toBeUndefined();
  expect(without(1)).toBe("gone");
});
