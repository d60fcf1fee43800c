import { describe, test } from "vitest";
import { Chart } from "./chart.ts";
import { findChartTools } from "./tools.ts";

const howToGet = 'there is no helm, or there are no schemas: run "npm run chart" first, which gets them';

/** A suite that renders the chart. Without helm it is skipped with a note that says how to get it; in CI it fails. */
export function describeWithHelm(title: string, body: (chart: Chart) => void): void {
  // On a busy machine helm takes its time.
  describe(title, { timeout: 120_000 }, () => {
    const tools = findChartTools();
    if (tools !== undefined) {
      body(new Chart(tools));
      return;
    }
    test("needs helm", (context) => {
      if (process.env.CI) throw new Error(howToGet);
      // The reporter shows no notes of skipped tests.
      process.stderr.write(`${title} is skipped: ${howToGet}\n`);
      context.skip(howToGet);
    });
  });
}
