import { describe, test } from "vitest";
import type { Program } from "./services/find-program.ts";
import { findServicesDir } from "./services/services-dir.ts";
import { findTool, type ToolName } from "./services/tools.ts";

/**
 * A suite that starts a program such as a browser, at `program.path` with `program.env` beside the usual environment. Without one it
 * is skipped with a note that says how to get it; in CI (the environment variable CI is set) it fails.
 */
export function describeWithTool(name: ToolName, title: string, body: (program: Program) => void): void {
  const howToGet = `there is no ${name}: run "npm run services -- up ${name}" first`;
  // On a busy machine it takes its time.
  describe(title, { timeout: 120_000 }, () => {
    const program = findTool(name, findServicesDir());
    if (program !== undefined) {
      body(program);
      return;
    }
    test(`needs ${name}`, (context) => {
      if (process.env.CI) throw new Error(howToGet);
      // The reporter shows no notes of skipped tests.
      process.stderr.write(`${title} is skipped: ${howToGet}\n`);
      context.skip(howToGet);
    });
  });
}
