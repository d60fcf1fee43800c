// npm run drill -- <name> [--players N] [--outage SECONDS] [--json FILE] [--log FILE] [--chart FILE]
// Does to the demo, under load, what operators and bad luck do, and checks what players were promised. See docs/operations.md.
import { createWriteStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { drills } from "./drills.ts";
import { parseOptions } from "./options.ts";
import { formatSummary } from "./report/summary.ts";

async function main(): Promise<void> {
  const {
    drill: name,
    json,
    log,
    chart: picture,
    ...options
  } = parseOptions(process.argv.slice(2), Object.keys(drills));
  const stdout = log === undefined ? { write: () => true } : createWriteStream(log);
  const began = performance.now();
  const onProgress = (line: string) =>
    console.error(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${line}`);
  const held = await drills[name]?.({ ...options, stdout, onProgress });
  if (held === undefined) return;
  const { chart, ...summary } = held;
  console.log(formatSummary(summary));
  if (json !== undefined) await writeFile(json, `${JSON.stringify(summary, undefined, 2)}\n`);
  if (picture !== undefined && chart !== undefined) await writeFile(picture, chart);
  if (summary.problems.length > 0) process.exitCode = 1;
}

// The processes that were started end with this one.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

try {
  await main();
} catch (error) {
  console.error(`drill: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
