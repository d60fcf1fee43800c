import { runCommand } from "../lib/run-command.ts";
import type { StepResult } from "./step.ts";

/** Generates all code and asks git whether that changed anything. */
export async function checkGenerated(): Promise<StepResult> {
  const generated = await runCommand("node", ["scripts/generate.ts"]);
  if (!generated.ok) return generated;
  const status = await runCommand("git", ["status", "--porcelain", "--", "*/gen/**", "docs/plugins", "docs/config.md"]);
  const ok = status.ok && status.stdout === "";
  const hint = "What is generated differs from the committed one. Run `npm run generate` and commit:\n";
  return { ok, output: status.ok ? hint + status.output : status.output };
}
