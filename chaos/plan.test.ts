import { expect, test } from "vitest";
import { appCount, loadMs, makePlan, ttlMs } from "./plan.ts";

const plans = Array.from({ length: 200 }, (_, seed) => makePlan(seed));

test("a seed always gives the same plan, and another seed another one", () => {
  expect(plans[7]).toEqual(makePlan(7));
  expect(plans[7]).not.toEqual(plans[8]);
});

test("plans have two to five faults of all kinds, in order, on apps that are there", () => {
  const kinds = new Set(plans.flatMap(({ faults }) => faults.map(({ kind }) => kind)));
  expect([...kinds].sort()).toEqual(["kill", "lose-answers", "partition", "pause", "restart", "revoke", "unregister"]);
  for (const { faults } of plans) {
    expect(faults.length).toBeGreaterThanOrEqual(2);
    expect(faults.length).toBeLessThanOrEqual(5);
    expect(faults).toEqual(faults.toSorted((a, b) => a.atMs - b.atMs));
    for (const { app, atMs } of faults) {
      expect(app).toBeLessThan(appCount);
      expect(atMs).toBeLessThan(loadMs);
    }
  }
});

test("most pauses outlast a session", () => {
  const pauses = plans.flatMap(({ faults }) =>
    faults.flatMap((fault) => (fault.kind === "pause" ? [fault.forMs] : [])),
  );
  expect(pauses.filter((forMs) => forMs > ttlMs).length).toBeGreaterThan(pauses.length / 2);
});
