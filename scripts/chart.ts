// `npm run chart`: lints the Helm chart and checks what it makes of several values, by the schemas of Kubernetes and of the Prometheus
// operator. Gets helm and the schemas when they are missing.
import { basename } from "node:path";
import { Chart, kubernetesVersions, valuesFiles } from "./chart/chart.ts";
import type { KubernetesObject } from "./chart/kubernetes-object.ts";
import { getChartTools } from "./chart/tools.ts";
import type { CommandResult } from "./lib/run-command.ts";

const chart = new Chart(await getChartTools(console.log));
const made: Record<string, readonly KubernetesObject[]> = {};
for (const file of valuesFiles) {
  const name = basename(file);
  if (!report(`lint of ${name}`, await chart.lint(file))) continue;
  made[name] = await chart.render(file);
}
const count = Object.values(made).flat().length;
for (const version of kubernetesVersions) {
  report(`${count} objects for Kubernetes ${version}`, await chart.validate(made, version));
}

function report(what: string, { ok, output }: CommandResult): boolean {
  console.log(`${ok ? "ok    " : "failed"}  ${what}`);
  if (ok) return true;
  console.error(output);
  process.exitCode = 1;
  return false;
}
