import { expect, test } from "vitest";
import type { Sample } from "./result.ts";
import { runCases } from "./runner.ts";
import { type Case, caseLabel } from "./suite.ts";

const options = { measureMs: 1, services: {} };

function sample(opsPerSec: number): Sample {
  return { opsPerSec, p50Ms: 1 / opsPerSec, p99Ms: 2, p999Ms: 3, cpuUsPerOp: 4 };
}

function scripted(name: string, order: string[], rates: readonly number[]): Case {
  const rest = [...rates];
  return {
    name,
    params: { inFlight: 1 },
    run: async () => {
      order.push(name);
      return sample(rest.shift() ?? Number.NaN);
    },
  };
}

test("goes through all cases in turn, every other round in reverse", async () => {
  const order: string[] = [];
  const cases = ["a", "b", "c"].map((name) => scripted(name, order, [1, 1, 1]));
  const seen: string[] = [];
  await runCases(cases, 3, options, (progress) => seen.push(`${progress.round}${caseLabel(progress.case)}`));
  expect(order.join("")).toBe("abccbaabc");
  expect(seen.slice(2, 4)).toEqual(["1c@1", "2c@1"]);
});

test("a row is the median of its rounds, number by number", async () => {
  const rows = await runCases([scripted("a", [], [10, 1000, 20])], 3, options, () => {});
  expect(rows).toEqual([{ name: "a", params: { inFlight: 1 }, ...sample(20) }]);
});

test("memory is in a row only where it was measured", async () => {
  const rss = [60, 80, 70];
  const withMemory: Case = { name: "m", params: {}, run: async () => ({ ...sample(1), rssMiB: rss.shift() ?? 0 }) };
  const [row] = await runCases([withMemory], 3, options, () => {});
  expect(row?.rssMiB).toBe(70);
});

test("a case that fails is left out and not tried again; the others go on", async () => {
  const order: string[] = [];
  const failing: Case = {
    name: "bad",
    params: {},
    run: async () => {
      order.push("bad");
      throw new Error("no answer");
    },
  };
  const outcomes: unknown[] = [];
  const cases = [failing, scripted("good", order, [1, 2, 3])];
  const rows = await runCases(cases, 3, options, ({ outcome }) => outcomes.push(outcome));
  expect(rows.map(({ name, opsPerSec }) => [name, opsPerSec])).toEqual([["good", 2]]);
  expect(order).toEqual(["bad", "good", "good", "good"]);
  expect(outcomes[0]).toEqual(new Error("no answer"));
});
