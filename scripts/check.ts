// `npm run check`: everything that can be said about the code without running it. Prints one line per step, and what a
// step found only when it failed.
import { checkConformance } from "./check/conformance.ts";
import { checkDependencies } from "./check/dependencies.ts";
import { checkEarlyReturns } from "./check/early-returns.ts";
import { checkGenerated } from "./check/generated.ts";
import { checkProtoBreaking, checkProtoLint } from "./check/proto.ts";
import { command, findings, runSteps, type Step } from "./check/step.ts";
import { root } from "./lib/root.ts";

const steps: readonly Step[] = [
  { name: "format and lint", run: command("biome", "check", "--error-on-warnings", "--colors=off", ".") },
  { name: "types", run: command("tsc", "-p", ".") },
  { name: "types of the demo's page", run: command("tsc", "-p", "demo/web") },
  { name: "types of a new game's page", run: command("tsc", "-p", "packages/create-m3game/template/web") },
  { name: "proto lint", run: checkProtoLint },
  { name: "proto breaking changes", run: checkProtoBreaking },
  { name: "dependency direction", run: findings(() => checkDependencies(root)) },
  { name: "returns before disposal", run: findings(() => checkEarlyReturns(root)) },
  { name: "conformance runs", run: findings(() => checkConformance(root)) },
  { name: "spelling", run: command("cspell", "lint", "--no-progress", "--no-color") },
  { name: "git is clean after generate", run: checkGenerated },
];

process.exitCode = await runSteps(steps, console.log);
