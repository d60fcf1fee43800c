/** One step of a drill and what players noticed of it. Times in milliseconds. */
export interface StepSummary {
  readonly name: string;
  /** What it took, by what was measured. */
  readonly times: Readonly<Record<string, number>>;
  readonly calls: number;
  readonly failed: number;
  readonly longestMs: number;
}

/** What a drill did and found. */
export interface DrillSummary {
  readonly drill: string;
  readonly players: number;
  readonly seconds: number;
  readonly calls: number;
  readonly failed: number;
  readonly steps: readonly StepSummary[];
  /** Further findings, a line each. */
  readonly notes: readonly string[];
  /** What was promised and not kept; empty: the drill passed. */
  readonly problems: readonly string[];
  /** A picture of it, as SVG. */
  readonly chart?: string;
}

export function formatSummary(summary: DrillSummary): string {
  const { drill, players, seconds, calls, failed, steps, notes, problems } = summary;
  const names = [...new Set(steps.flatMap(({ times }) => Object.keys(times)))];
  const rows = steps.map(({ name, times, ...step }) => [
    name,
    ...names.map((each) => ms(times[each])),
    String(step.calls),
    String(step.failed),
    ms(step.longestMs),
  ]);
  return [
    `${drill}: ${players} players, ${seconds.toFixed(0)} s, ${calls} calls, ${failed} failed`,
    ...table(["step", ...names, "calls", "failed", "longest call"], rows),
    ...notes,
    ...problems.slice(0, 20).map((problem) => `PROBLEM: ${problem}`),
    ...(problems.length > 20 ? [`and ${problems.length - 20} more problems`] : []),
    problems.length === 0 ? "All is as promised." : "FAILED",
  ].join("\n");
}

function ms(value: number | undefined): string {
  return value === undefined ? "" : `${value.toFixed(0)} ms`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  return [head, ...rows].map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  "),
  );
}
