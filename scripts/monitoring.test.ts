import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeWithTool } from "@m3game/testing";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { root } from "./lib/root.ts";
import { dashboardQueries, monitoringFolder } from "./monitoring/dashboard.ts";
import { startMonitoredDemo } from "./monitoring/monitored-demo.ts";
import { Prometheus, promtool } from "./monitoring/prometheus.ts";

const rules = ["alerts.yml", "scaling.yml"].map((file) => join(monitoringFolder, file));
const read = (file: string) => readFileSync(join(root, file), "utf8");

describeWithTool("prometheus", "dashboard, alerts and what autoscalers go by", (program) => {
  test("promtool finds nothing wrong, and rules give what they should", async () => {
    await promtool(program, "check", "config", join(monitoringFolder, "prometheus.yml"));
    const tests = ["alerts.test.yml", "scaling.test.yml"].map((file) => join(monitoringFolder, file));
    await promtool(program, "test", "rules", ...tests);
  });

  test("every expression has data while the demo is played", async () => {
    await using demo = await startMonitoredDemo();
    await using prometheus = await Prometheus.start(program, demo.targets, rules);
    const alerts = (await prometheus.rules("alert")).map(({ name, query }) => ({
      name,
      // What is compared, whether or not the alert fires.
      query: query.replace(/ (==|<|>) /, " $1 bool "),
    }));
    expect(alerts.length).toBeGreaterThan(10);
    const recorded = await prometheus.rules("record");
    expect(recorded.length).toBeGreaterThan(0);
    let missing = [...dashboardQueries(), ...alerts, ...recorded];
    const look = async () => {
      await demo.play();
      const found = await Promise.all(missing.map(({ query }) => prometheus.query(query)));
      missing = missing.filter((_, index) => !found[index]?.some(({ value }) => Number.isFinite(value)));
      return missing;
    };
    await expect.poll(look, { timeout: 60_000, interval: 1000 }).toEqual([]);
  });
});

test("each documented metric of the runtime is on the dashboard, and nothing else", () => {
  const names = (text: string) => [...new Set(text.match(/m3_[a-z_]+/g))].map((name) => name.replace(/_bucket$/, ""));
  const documented = names(
    read("docs/observability.md")
      .match(/^\| `m3_.*$/gm)
      ?.join("\n") ?? "",
  );
  expect(names(JSON.stringify(dashboardQueries())).toSorted()).toEqual(documented.toSorted());
});

test("autoscalers go by what is recorded, with the same targets in the docs and in the chart", () => {
  const recorded = [...read("deploy/monitoring/scaling.yml").matchAll(/record: (\S+)/g)].map(([, name]) => name);
  const docs = read("docs/scaling.md");
  for (const name of recorded) expect(docs).toContain(`| \`${name}\` |`);
  const [, example = ""] = docs.match(/```yaml\n(apps:.*?)```/s) ?? [];
  const { metrics } = parse(example).apps.role.autoscaling;
  const production = parse(read("deploy/helm/m3game/values-production.yaml"));
  expect(production.apps.role.autoscaling.metrics).toEqual(metrics);
  for (const { pods } of metrics) expect(recorded).toContain(pods.metric.name);
});

test("each alert says where the runbook tells what to do", () => {
  const alerts = read("deploy/monitoring/alerts.yml");
  const headings = [...read("docs/runbook.md").matchAll(/^#+ (.*)$/gm)].map(([, text = ""]) =>
    text
      .toLowerCase()
      .replace(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  );
  const places = [...alerts.matchAll(/runbook: docs\/runbook\.md#(.*)$/gm)].map(([, place]) => place);
  expect(places).toHaveLength(alerts.match(/^ +- alert: /gm)?.length ?? 0);
  for (const place of places) expect(headings).toContain(place);
});
