// `npm start`: the demo game in one process, without any server installed, and its page.
import { join } from "node:path";
import { loadCluster } from "@m3game/cli";
import { type Cluster, startCluster } from "m3game";
import { root } from "./lib/root.ts";
import { runClusterCommand } from "./start/cluster-command.ts";
import { allowedOrigins, startPage, whatToTry } from "./start/demo-page.ts";
import { DemoSmoke, gatesOf, smokeEnv } from "./start/demo-smoke.ts";
import { withFunctionEnv, withOwnStore, withSettings } from "./start/members.ts";
import { SmokeReport } from "./start/smoke-report.ts";

const usage = `npm start [-- --smoke]

  --smoke  plays every mode of the demo's client, starts everything again, and ends: 0 when all is well, 1 otherwise

M3_PAGE_PORT says at which port the page is served (default 32400).
`;

const { env, stdout } = process;
const loadDemo = () => loadCluster(join(root, "demo/cluster.ts"), env);

await runClusterCommand({
  usage,
  async start(signal) {
    let cluster: Cluster | undefined;
    const page = await startPage(() => (cluster === undefined ? [] : gatesOf(cluster)));
    try {
      const AllowedOrigins = allowedOrigins(page);
      const members = (await loadDemo()).map((member) =>
        withSettings(member, "Plugin.Gate.gate_ws", { AllowedOrigins }),
      );
      const started = await startCluster(members.map((member) => ({ ...member, signal })));
      cluster = started;
      stdout.write(`${started.apps.length} apps are ready.\n${whatToTry(page, gatesOf(started))}`);
      return {
        apps: started.apps,
        async stop() {
          await page[Symbol.asyncDispose]();
          await started[Symbol.asyncDispose]();
        },
      };
    } catch (error) {
      await page[Symbol.asyncDispose]();
      throw error;
    }
  },
  smoke: async () =>
    withOwnStore(await loadDemo(), async (stored) => {
      const report = new SmokeReport(stdout);
      const members = stored.map((member) => withFunctionEnv(member, smokeEnv));
      const smoke = new DemoSmoke(report);
      {
        await using cluster = await startCluster(members);
        await smoke.playModes(gatesOf(cluster));
      }
      {
        await using cluster = await startCluster(members);
        await smoke.checkRole(gatesOf(cluster), "after a restart of all apps");
      }
      return report.end();
    }),
});
