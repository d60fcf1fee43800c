import { type Mark, renderChart } from "../report/chart/chart.ts";
import { linear, logarithmic } from "../report/chart/scale.ts";
import { shortId } from "../report/short-id.ts";
import type { TimelineSecond } from "../report/timeline.ts";

/** Of the apps in their order; further ones begin anew. They stand out from light and from dark paper. */
const colors = ["#4e79a7", "#76b7b2", "#f28e2b", "#e15759"] as const;
const [otherColor, medianColor, longColor] = ["#9aa0a6", "#59a14f", "#af7aa1"] as const;

/** Draws which app answered how many calls in each second, and how long calls took. */
export function drawScale(seconds: readonly TimelineSecond[], marks: readonly Mark[], apps: readonly string[]): string {
  const count = (app: string | undefined) => seconds.map(({ answered }) => answered.get(app) ?? 0);
  const others = count(undefined);
  return renderChart({
    title: "Calls and latency while role apps come and go",
    seconds: seconds.length,
    marks,
    panels: [
      {
        title: "calls per second, by the app of the role",
        kind: "areas",
        scale: linear,
        series: [
          ...apps.map((app, index) => ({
            ...{ name: shortId(app), color: colors[index % colors.length] ?? otherColor, values: count(app) },
          })),
          ...(others.some((calls) => calls > 0) ? [{ name: "unknown", color: otherColor, values: others }] : []),
        ],
      },
      {
        title: "latency in milliseconds, logarithmic",
        kind: "lines",
        scale: logarithmic,
        series: [
          { name: "p50", color: medianColor, values: seconds.map(({ p50 }) => p50) },
          { name: "p99", color: longColor, values: seconds.map(({ p99 }) => p99) },
        ],
      },
    ],
  });
}
