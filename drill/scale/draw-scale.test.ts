import { expect, test } from "vitest";
import { drawScale } from "./draw-scale.ts";

const apps = ["demo.w.role.1", "demo.w.role.2"];
const seconds = [
  { answered: new Map([[apps[0], 40]]), failed: 0, p50: 4, p99: 90 },
  {
    answered: new Map([
      [apps[0], 30],
      [apps[1], 20],
      [undefined, 10],
    ]),
    failed: 0,
    p50: undefined,
    p99: undefined,
  },
  { answered: new Map([[apps[1], 25]]), failed: 0, p50: 5, p99: 1200 },
];
const marks = [
  { at: 1, label: "role.2 <starts>" },
  { at: 1.1, label: "ready" },
];
const draw = () => drawScale(seconds, marks, apps);

test("the same run gives the same picture, which is small and names what it shows", () => {
  const svg = draw();
  expect(draw()).toBe(svg);
  expect(svg.length).toBeLessThan(5000);
  const texts = [...svg.matchAll(/<text[^>]*>([^<]*)</g)].map(([, text]) => text);
  expect(texts).toEqual(
    expect.arrayContaining([
      "calls per second, by the app of the role",
      "role.1",
      "role.2",
      "p50",
      "p99",
      "seconds",
      "ready",
    ]),
  );
  expect(texts).toContain("role.2 &lt;starts>");
  expect(svg).toContain("prefers-color-scheme:dark");
  expect(svg).not.toMatch(/NaN|undefined|Infinity/);
});

test("apps stand on each other, and a second without calls leaves a line out", () => {
  const paths = [...draw().matchAll(/<path (?:fill="(#\w+)"|fill="none" stroke="(#\w+)"[^>]*) d="([^"]*)"\/>/g)];
  const points = paths.map(([, area, line, path = ""]) => ({
    ...(area ? { area } : { line }),
    y: [...path.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, y]) => Number(y)),
  }));
  const [first, second, other, median] = points;
  // 0 is at 234, and 60 calls, the most of all, at 64.
  expect(first).toEqual({ area: "#4e79a7", y: [120.7, 149, 234, 234, 234, 234] });
  expect(second?.y).toEqual([120.7, 92.3, 163.2, 234, 149, 120.7]);
  expect(other?.y.slice(0, 3)).toEqual([120.7, 64, 163.2]);
  expect(median?.y).toHaveLength(2);
});
