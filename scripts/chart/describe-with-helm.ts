import { describeWith } from "../lib/describe-with.ts";
import { Chart } from "./chart.ts";
import { findChartTools } from "./tools.ts";

const howToGet = 'there is no helm, or there are no schemas: run "npm run chart" first, which gets them';

/** A suite that renders the chart. */
export function describeWithHelm(title: string, body: (chart: Chart) => void): void {
  describeWith(title, findChartTools(), howToGet, (tools) => body(new Chart(tools)));
}
