// npm run bench -- <suite> [--json FILE] [--filter NAME,…] [--seconds N] [--rounds N]
import { writeFile } from "node:fs/promises";
import { describeMachine } from "./harness/machine.ts";
import { parseOptions } from "./harness/options.ts";
import type { Result } from "./harness/result.ts";
import { type Progress, runCases } from "./harness/runner.ts";
import { readServices } from "./harness/services.ts";
import { caseLabel, type Suite } from "./harness/suite.ts";
import { formatNumber, formatResult } from "./harness/table.ts";

const suites: Readonly<Record<string, () => Promise<{ readonly suite: Suite }>>> = {
  actor: () => import("./actor/suite.ts"),
  db: () => import("./db/suite.ts"),
  demo: () => import("./demo/suite.ts"),
  entity: () => import("./entity/suite.ts"),
  gate: () => import("./gate/suite.ts"),
  observability: () => import("./observability/suite.ts"),
  rpc: () => import("./rpc/suite.ts"),
  start: () => import("./start/suite.ts"),
};

async function main(): Promise<void> {
  const options = parseOptions(process.argv.slice(2), Object.keys(suites));
  const loaded = await suites[options.suite]?.();
  if (loaded === undefined) return;
  const { suite } = loaded;
  const services = await readServices();
  const all = suite.cases(services);
  const cases = all.filter(
    (each) => options.filter.length === 0 || options.filter.some((part) => caseLabel(each).includes(part)),
  );
  if (cases.length === 0) {
    throw new Error(`--filter leaves no case; there are: ${all.map(caseLabel).join(", ")}`);
  }
  await suite.prepare?.(cases, services);

  const { rounds, seconds } = options;
  const rows = await runCases(cases, rounds, { measureMs: seconds * 1000, services }, reportProgress);
  const result: Result = { suite: suite.name, machine: describeMachine(), rows, ratios: suite.ratios(rows) };
  console.log(formatResult(result, suite.targets(rows), suite.note));
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(result, undefined, 2)}\n`);
}

function reportProgress({ round, rounds, case: each, outcome }: Progress): void {
  if (outcome instanceof Error) {
    process.exitCode = 1;
    console.error(`round ${round}/${rounds}  ${caseLabel(each)}  FAILED, left out: ${outcome.message}`);
    return;
  }
  console.error(`round ${round}/${rounds}  ${caseLabel(each)}  ${formatNumber(outcome.opsPerSec)} ops/s`);
}

try {
  await main();
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
