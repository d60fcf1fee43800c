// `npm run chart`: lints the Helm chart and checks what it makes of several values, by the schemas of Kubernetes. Gets helm and the
// schemas when they are missing.
import { basename } from "node:path";
import { Chart, kubernetesVersions, valuesFiles } from "./chart/chart.ts";
import { getChartTools } from "./chart/tools.ts";

const chart = new Chart(await getChartTools(console.log));
for (const file of valuesFiles) {
  const name = basename(file);
  const linted = await chart.lint(file);
  const objects = linted.ok ? await chart.render(file) : [];
  const checked = await Promise.all(kubernetesVersions.map((version) => chart.validate(objects, version)));
  const failed = [linted, ...checked].filter(({ ok }) => !ok);
  for (const { output } of failed) console.error(output);
  if (failed.length > 0) process.exitCode = 1;
  console.log(`${failed.length > 0 ? "failed" : "ok    "}  ${name}: ${objects.length} objects`);
}
