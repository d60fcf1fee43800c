// npm run chaos -- [--seed N] [--runs R] [--keep DIRECTORY]
// Breaks a cluster of real processes in R ways and checks what owners, stores and callers were promised. See
// docs/ownership.md.
import { parseOptions } from "./options.ts";
import { describeFailure, runSeed } from "./run/run-seed.ts";

async function main(): Promise<void> {
  const { seed, runs, keep } = parseOptions(process.argv.slice(2), Math.floor(Math.random() * 1_000_000));
  const failed: number[] = [];
  for (let run = 0; run < runs; run++) {
    const result = await runSeed(seed + run, keep);
    const isGood = result.problems.length === 0;
    console.log(`seed ${result.plan.seed}: ${isGood ? "ok" : "FAILED"}; ${result.summary}`);
    if (isGood) continue;
    failed.push(result.plan.seed);
    console.log(describeFailure(result));
  }
  console.log(`${runs - failed.length} of ${runs} runs passed${failed.length > 0 ? `; failed seeds: ${failed}` : ""}`);
  if (failed.length > 0) process.exitCode = 1;
}

// What was started is ended as this process exits.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

try {
  await main();
} catch (error) {
  console.error(`chaos: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
