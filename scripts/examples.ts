// `npm run examples`: all examples in one process, without any server installed.
import { join } from "node:path";
import { describeApp, loadCluster, startClusterFile } from "@m3game/cli";
import { startCluster } from "m3game";
import { root } from "./lib/root.ts";
import { runClusterCommand } from "./start/cluster-command.ts";
import { smokeExamples } from "./start/examples-smoke.ts";
import { withOwnStore, withSettings } from "./start/members.ts";

const usage = `npm run examples [-- --smoke]

  --smoke  calls every method, prints what came back and ends: 0 when all is well, 1 otherwise
`;

const { env, stdout } = process;
const clusterFile = join(root, "examples/cluster.ts");
const callCommand = "npm run m3 -- call";
// After which a player goes offline, which a mode of the example client waits for.
const ActiveTimeOut = "1";

await runClusterCommand({
  usage,
  async start(signal) {
    const cluster = await startClusterFile(clusterFile, { env, stdout, callCommand, signal });
    stdout.write("Ctrl-C stops them.\n");
    return { apps: cluster.apps, stop: () => cluster[Symbol.asyncDispose]() };
  },
  async smoke() {
    const listed = await loadCluster(clusterFile, env);
    const impatient = listed.map((member) => withSettings(member, "Server.Actor", { ActiveTimeOut }));
    return withOwnStore(impatient, async (members) => {
      await using cluster = await startCluster(members);
      for (const { app, id } of members) stdout.write(describeApp(cluster.app(id), app, callCommand));
      return await smokeExamples(cluster, members, stdout);
    });
  },
});
