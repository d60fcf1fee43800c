import { describe, test } from "vitest";

/** A suite that needs something beside the checkout. Where it is undefined the suite is skipped with a note that says how to get it; in CI it fails. */
export function describeWith<T>(title: string, found: T | undefined, howToGet: string, body: (found: T) => void): void {
  // On a busy machine programs take their time.
  describe(title, { timeout: 120_000 }, () => {
    if (found !== undefined) {
      body(found);
      return;
    }
    test("has what it needs", (context) => {
      if (process.env.CI) throw new Error(howToGet);
      // The reporter shows no notes of skipped tests.
      process.stderr.write(`${title} is skipped: ${howToGet}\n`);
      context.skip(howToGet);
    });
  });
}
