// `npm run cluster`: the demo game as separate processes over Consul, NATS, etcd and Redis.
import { DemoCluster } from "./cluster/demo-cluster.ts";
import { runClusterCommand } from "./start/cluster-command.ts";
import { asGates, smokeSteps } from "./start/demo-smoke.ts";
import { SmokeReport } from "./start/smoke-report.ts";
import { whatToTry } from "./start/what-to-try.ts";

const usage = `npm run cluster [-- --smoke]

Two processes of each app, over the servers that "npm run services" has up; those that are not up are started, and ended with it.

  --smoke  plays every mode of the demo's client, starts all processes again, and ends: 0 when all is well, 1 otherwise

M3_WORLD says how the world of the apps is called (default world1).
`;

const { stdout } = process;
const { M3_WORLD: world = "world1", ...env } = process.env;

await runClusterCommand({
  usage,
  async start(signal) {
    stdout.write("Starting the processes …\n");
    const cluster = await DemoCluster.start({ world, env, stdout, signal });
    for (const { id, pid } of cluster.processes) stdout.write(`${id.padEnd(28)} process ${pid}\n`);
    stdout.write(whatToTry(cluster.gates));
    return { apps: [], stop: () => cluster[Symbol.asyncDispose]() };
  },
  async smoke() {
    const report = new SmokeReport(stdout);
    for (const step of smokeSteps()) {
      await using cluster = await DemoCluster.start({ world, env, stdout });
      await step(report, asGates(cluster.gates));
    }
    return report.end();
  },
});
