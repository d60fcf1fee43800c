import { describe, test } from "vitest";
import { findChromium } from "./services/find-chromium.ts";
import type { Program } from "./services/find-program.ts";
import { findServicesDir } from "./services/services-dir.ts";

const howToGet = 'there is no chromium: run "npm run services -- up chromium" first';

/**
 * A suite that starts a browser, at `program.path` with `program.env` beside the usual environment. Without one it is skipped with a
 * note that says how to get it; in CI (the environment variable CI is set) it fails.
 */
export function describeWithChromium(title: string, body: (program: Program) => void): void {
  // On a busy machine a browser takes its time.
  describe(title, { timeout: 120_000 }, () => {
    const program = findChromium(findServicesDir());
    if (program !== undefined) {
      body(program);
      return;
    }
    test("needs chromium", (context) => {
      if (process.env.CI) throw new Error(howToGet);
      // The reporter shows no notes of skipped tests.
      process.stderr.write(`${title} is skipped: ${howToGet}\n`);
      context.skip(howToGet);
    });
  });
}
