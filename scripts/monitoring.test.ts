import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeWithTool } from "@m3game/testing";
import { expect, test } from "vitest";
import { root } from "./lib/root.ts";
import { dashboardQueries, monitoringFolder } from "./monitoring/dashboard.ts";
import { startMonitoredExamples } from "./monitoring/monitored-examples.ts";
import { Prometheus, promtool } from "./monitoring/prometheus.ts";

const alertsFile = join(monitoringFolder, "alerts.yml");
const read = (file: string) => readFileSync(join(root, file), "utf8");

describeWithTool("prometheus", "dashboard and alerts", (program) => {
  test("promtool finds nothing wrong, and alerts fire when they should", async () => {
    await promtool(program, "check", "config", join(monitoringFolder, "prometheus.yml"));
    await promtool(program, "test", "rules", join(monitoringFolder, "alerts.test.yml"));
  });

  test("every expression has data while the examples are played", async () => {
    await using examples = await startMonitoredExamples();
    await using prometheus = await Prometheus.start(program, examples.targets, alertsFile);
    const alerts = (await prometheus.alerts()).map(({ name, query }) => ({
      name,
      // What is compared, whether or not the alert fires.
      query: query.replace(/ (==|<|>) /, " $1 bool "),
    }));
    expect(alerts.length).toBeGreaterThan(10);
    let missing = [...dashboardQueries(), ...alerts];
    const look = async () => {
      await examples.play();
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
