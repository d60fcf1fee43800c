import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../lib/root.ts";

export const monitoringFolder = join(root, "deploy/monitoring");

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

/** The expressions of the dashboard's panels, for all apps and the last ten seconds. */
export function dashboardQueries(): readonly { readonly name: string; readonly query: string }[] {
  const { panels }: { panels: readonly Panel[] } = JSON.parse(
    readFileSync(join(monitoringFolder, "dashboard.json"), "utf8"),
  );
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      name: title,
      query: expr.replaceAll("$app", ".*").replaceAll("$__rate_interval", "10s"),
    })),
  );
}
