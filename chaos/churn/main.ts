// npm run churn -- [--cycles N | --minutes M]
// Lets players, clients and instances come and go on real servers, and tells whether the memory of the process stays flat.
import { parseArgs } from "node:util";
import { ChurnWorld } from "./churn-world.ts";
import { growthOf } from "./growth.ts";
import { settledHeapBytes } from "./settled-heap.ts";

const mib = 1024 * 1024;
// What the engine itself still gathers after the first cycles: code, feedback, caches that are not full yet.
const allowedGrowthBytes = 2 * mib;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { cycles: { type: "string" }, minutes: { type: "string" } } });
  const until = performance.now() + Number(values.minutes ?? 0) * 60_000;
  const cycles = values.minutes === undefined ? Number(values.cycles ?? 12) : Number.POSITIVE_INFINITY;
  if (!(cycles >= 6)) throw new Error("--cycles takes a number from 6 on, --minutes a number of minutes");
  await using world = await ChurnWorld.start();
  const heaps: number[] = [];
  while (heaps.length < cycles && (values.minutes === undefined || performance.now() < until)) {
    await world.cycle();
    heaps.push(await settledHeapBytes());
    console.log(`cycle ${heaps.length}: heap ${((heaps.at(-1) ?? 0) / mib).toFixed(2)} MiB`);
  }
  const grown = growthOf(heaps);
  console.log(
    `${heaps.length} cycles; the last third holds ${(grown / mib).toFixed(2)} MiB more than the middle third`,
  );
  if (grown <= allowedGrowthBytes) return;
  console.log(`FAILED: at most ${allowedGrowthBytes / mib} MiB are allowed`);
  process.exitCode = 1;
}

try {
  await main();
} catch (error) {
  console.error(`churn: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
