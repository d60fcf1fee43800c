import type { Result, Row, Target } from "./result.ts";

/** A number for people: three significant digits, or whole with thousands apart. */
export function formatNumber(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString("en-US");
  return value.toPrecision(3);
}

function align(lines: readonly (readonly string[])[]): string[] {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)));
  return lines.map((line) =>
    line
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

function optional(value: number | undefined): string {
  return value === undefined ? "" : formatNumber(value);
}

function rowTable(rows: readonly Row[]): string[] {
  const params = [...new Set(rows.flatMap((row) => Object.keys(row.params)))];
  const hasRss = rows.some((row) => row.rssMiB !== undefined);
  const more = [...new Set(rows.flatMap((row) => Object.keys(row.more ?? {})))];
  const head = [
    "name",
    ...params,
    "ops/s",
    "p50 ms",
    "p99 ms",
    "p99.9 ms",
    "CPU us/op",
    ...(hasRss ? ["RSS MiB"] : []),
    ...more,
  ];
  const body = rows.map((row) => [
    row.name,
    ...params.map((param) => String(row.params[param] ?? "")),
    formatNumber(row.opsPerSec),
    formatNumber(row.p50Ms),
    formatNumber(row.p99Ms),
    formatNumber(row.p999Ms),
    formatNumber(row.cpuUsPerOp),
    ...(hasRss ? [optional(row.rssMiB)] : []),
    ...more.map((name) => optional(row.more?.[name])),
  ]);
  return align([head, ...body]);
}

/** The result as text for people: the table, then ratios, then the targets. */
export function formatResult(result: Result, targets: readonly Target[], note: string): string {
  const { cpu, cores, memoryGiB, os, node } = result.machine;
  const ratios = Object.entries(result.ratios).map(([key, value]) => [key, formatNumber(value)]);
  const sections = [
    [`${result.suite}: ${cpu}, ${cores} cores, ${memoryGiB} GiB, ${os}, Node ${node}`],
    rowTable(result.rows),
    ratios.length > 0 ? ["ratios", ...align(ratios).map((line) => `  ${line}`)] : [],
    targets.map(({ text, measured, met }) => `${met ? "met    " : "NOT MET"} ${text}: ${measured}`),
    [note],
  ];
  return sections
    .filter((section) => section.length > 0)
    .map((section) => section.join("\n"))
    .join("\n\n");
}
