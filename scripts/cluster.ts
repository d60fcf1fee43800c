// `npm run cluster`: the demo game as separate processes over Consul, NATS, etcd and Redis, and its page.
import { DemoCluster } from "./cluster/demo-cluster.ts";
import { runClusterCommand } from "./start/cluster-command.ts";
import { allowedOrigins, startPage, whatToTry } from "./start/demo-page.ts";
import { asGates, DemoSmoke, smokeEnv } from "./start/demo-smoke.ts";
import { SmokeReport } from "./start/smoke-report.ts";

const usage = `npm run cluster [-- --smoke]

Two processes of each app, over the servers that "npm run services" has up; those that are not up are started, and ended with it.

  --smoke  plays every mode of the demo's client, kills the processes that have roles, looks whether the new ones know them, and
           ends: 0 when all is well, 1 otherwise

M3_PAGE_PORT says at which port the page is served (default 32400), M3_WORLD how the world of the apps is called
(default world1).
`;

const { stdout } = process;
const { M3_WORLD: world = "world1", ...env } = process.env;

await runClusterCommand({
  usage,
  async start(signal) {
    stdout.write("Starting the processes …\n");
    let cluster: DemoCluster | undefined;
    const page = await startPage(() => cluster?.gates ?? []);
    try {
      const sections = { "Plugin.Gate.gate_ws": { AllowedOrigins: allowedOrigins(page) } };
      const started = await DemoCluster.start({ world, env, sections, stdout, signal });
      cluster = started;
      tellProcesses(started);
      tellHowToLook(started);
      stdout.write(whatToTry(page, started.gates));
      return {
        apps: [],
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
  async smoke() {
    const report = new SmokeReport(stdout);
    const smoke = new DemoSmoke(report);
    {
      await using cluster = await DemoCluster.start({ world, env, envs: smokeEnv, stdout });
      tellProcesses(cluster);
      await smoke.playModes(asGates(cluster.gates));
      await cluster.crash(["uid", "online", "role"]);
      await smoke.checkRole(asGates(cluster.gates), "whose apps have all died");
    }
    return report.end();
  },
});

function tellProcesses({ processes }: DemoCluster): void {
  for (const { id, pid } of processes) stdout.write(`${id.padEnd(28)} process ${pid}\n`);
}

function tellHowToLook(cluster: DemoCluster): void {
  const registry = Object.entries(cluster.variables("role")).filter(([name]) =>
    name.startsWith("M3__Plugin__Router__"),
  );
  const variables = registry.map(([name, value]) => `${name}=${value}`).join(" ");
  stdout.write(`
What goes on in it is seen from a second terminal, by way of its registry:

  export M3_CONF=demo/config/roleapp.toml ${variables}
  npm run -s m3 -- apps --world demo.${world}
  npm run -s m3 -- help                        actors, leases, sessions, routes, calls of a player
`);
}
