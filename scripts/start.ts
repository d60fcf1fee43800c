// `npm start`: the demo game in one process, without any server installed.
import { join } from "node:path";
import { loadCluster } from "@m3game/cli";
import { startCluster } from "m3game";
import { root } from "./lib/root.ts";
import { runClusterCommand } from "./start/cluster-command.ts";
import { gatesOf, smokeSteps } from "./start/demo-smoke.ts";
import { withOwnStore } from "./start/own-store.ts";
import { SmokeReport } from "./start/smoke-report.ts";
import { whatToTry } from "./start/what-to-try.ts";

const usage = `npm start [-- --smoke]

  --smoke  plays every mode of the demo's client, starts everything again, and ends: 0 when all is well, 1 otherwise
`;

const { env, stdout } = process;
const loadDemo = () => loadCluster(join(root, "demo/cluster.ts"), env);

await runClusterCommand({
  usage,
  async start(signal) {
    const members = await loadDemo();
    const cluster = await startCluster(members.map((member) => ({ ...member, signal })));
    stdout.write(`${cluster.apps.length} apps are ready.\n${whatToTry(gatesOf(cluster))}`);
    return { apps: cluster.apps, stop: () => cluster[Symbol.asyncDispose]() };
  },
  smoke: async () =>
    withOwnStore(await loadDemo(), async (members) => {
      const report = new SmokeReport(stdout);
      for (const step of smokeSteps()) {
        await using cluster = await startCluster(members);
        await step(report, gatesOf(cluster));
      }
      return report.end();
    }),
});
