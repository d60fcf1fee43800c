import type { BotsReport } from "@m3game/testing/bots";

const head = ["operation", "count", "/s", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "max ms"];

/** A report for people: who played, a line for each operation, and what failed. */
export function formatReport(report: BotsReport): string {
  const { sessions, connected, disconnects, ended, holdMs, operations } = report;
  const rows = operations.map(({ name, count, perSecond, p50Ms, p90Ms, p99Ms, p999Ms, maxMs }) => [
    name,
    String(count),
    perSecond.toFixed(1),
    ...[p50Ms, p90Ms, p99Ms, p999Ms, maxMs].map((ms) => ms.toPrecision(3)),
  ]);
  const errors = operations.flatMap(({ name, errors }) =>
    Object.entries(errors).map(([kind, count]) => `  ${name}: ${kind} ${count}`),
  );
  return [
    `${connected} of ${sessions} sessions for ${(holdMs / 1000).toFixed(1)} s, ${disconnects} disconnects, ${ended} ended early`,
    ...align([head, ...rows]),
    ...(errors.length > 0 ? ["errors", ...errors] : []),
    "",
  ].join("\n");
}

function align(lines: readonly (readonly string[])[]): string[] {
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
}
