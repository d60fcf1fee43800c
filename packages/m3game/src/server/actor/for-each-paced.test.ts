import { expect, test } from "vitest";
import { forEachPaced, type Pace } from "./for-each-paced.ts";

/** Tasks that end when they are told to. */
function tasks(count: number, pace: Pace) {
  const running: {
    readonly item: number;
    readonly end: (ms: number) => void;
    readonly fail: (error: Error) => void;
  }[] = [];
  const done = forEachPaced([...Array(count).keys()], pace, (item) => {
    const { promise, resolve: end, reject: fail } = Promise.withResolvers<number>();
    running.push({ item, end, fail });
    return promise;
  });
  const settle = () => new Promise(setImmediate);
  return {
    done,
    running: () => running.map(({ item }) => item),
    async end(ms: number) {
      running.shift()?.end(ms);
      await settle();
    },
    async fail(error: Error) {
      running.shift()?.fail(error);
      await settle();
    },
  };
}

test("goes on with more at a time while all are quick, with fewer once one is slow", async () => {
  const { done, running, end } = tasks(14, { limit: 4, goodMs: 50 });
  expect(running()).toEqual([0]);
  await end(50);
  expect(running()).toEqual([1, 2]);
  for (const quick of [1, 2, 3]) await end(quick);
  expect(running()).toEqual([4, 5, 6, 7]);
  await end(51);
  expect(running()).toEqual([5, 6, 7]);
  await end(200);
  expect(running()).toEqual([6, 7]);
  await end(1);
  expect(running()).toEqual([7, 8]);
  while (running().length > 0) await end(1);
  await done;
});

test("is not slower than it must be, however long all takes", async () => {
  const { done, running, end } = tasks(7, { least: 2, limit: 4, goodMs: 50 });
  expect(running()).toEqual([0, 1]);
  for (const slow of [60, 70, 80]) await end(slow);
  expect(running()).toEqual([3, 4]);
  await end(1);
  expect(running()).toEqual([4, 5, 6]);
  while (running().length > 0) await end(1);
  await done;
});

test("of nothing it makes nothing, and what fails ends it", async () => {
  await tasks(0, { limit: 4, goodMs: 50 }).done;
  const { done, running, fail } = tasks(5, { limit: 4, goodMs: 50 });
  await Promise.all([expect(done).rejects.toThrow("broken"), fail(new Error("broken"))]);
  expect(running()).toEqual([]);
});
