import { type LaunchedService, launchService } from "@m3game/testing";
import { findFreePort } from "@m3game/testing/services";
import { createClient } from "@redis/client";

export interface TestCluster extends AsyncDisposable {
  /** `host:port` of each master. */
  readonly addresses: readonly string[];
}

/** Two masters that share the slots. */
export async function startCluster(): Promise<TestCluster> {
  await using cleanup = new AsyncDisposableStack();
  // Left alone, nodes talk to each other at ports that the system gives to connections too.
  const [firstBus, secondBus] = [String(await findFreePort()), String(await findFreePort())];
  const args = ["--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-port"];
  const first = cleanup.use(await launchService("redis", { args: [...args, firstBus] }));
  const second = cleanup.use(await launchService("redis", { args: [...args, secondBus] }));
  await run(first, [["CLUSTER", "ADDSLOTSRANGE", "0", "8191"]]);
  const { hostname, port } = new URL(`tcp://${first.address}`);
  await run(second, [
    ["CLUSTER", "ADDSLOTSRANGE", "8192", "16383"],
    ["CLUSTER", "MEET", hostname, port, firstBus],
  ]);
  for (const node of [first, second]) {
    while (!String((await run(node, [["CLUSTER", "INFO"]])).at(0)).includes("cluster_state:ok")) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  const kept = cleanup.move();
  return { addresses: [first.address, second.address], [Symbol.asyncDispose]: async () => kept.disposeAsync() };
}

async function run({ address }: LaunchedService, commands: readonly string[][]): Promise<readonly unknown[]> {
  const client = createClient({ url: `redis://${address}` });
  await client.connect();
  try {
    return await Promise.all(commands.map((command) => client.sendCommand([...command])));
  } finally {
    client.destroy();
  }
}
