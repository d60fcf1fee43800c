import { setImmediate as nextTurn } from "node:timers/promises";
import { type Cluster, defineApp, p2p, startCluster } from "m3game";
import { expect, onTestFinished, test } from "vitest";
import asyncApp from "./app.ts";
import { asyncClient } from "./client.ts";

const instances = ["example.world1.async.1", "example.world1.async.2"];
const callerId = "example.world1.caller.1";

/** Two instances of the channel, and an app that posts to it. */
async function startChannel(): Promise<Cluster> {
  const members = instances.map((id) => ({ app: asyncApp, id }));
  const cluster = await startCluster([...members, { app: defineApp({ func: "caller", servers: [] }), id: callerId }]);
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  return cluster;
}

/** The contents that an instance holds, as soon as the newest is `last`: broadcasts take their time. */
async function contents(cluster: Cluster, instance: string, last: string): Promise<readonly string[]> {
  const client = cluster.app(callerId).client(asyncClient).to(p2p(instance));
  for (;;) {
    const { msgs } = await client.sSPullChannel({});
    if (msgs.at(-1)?.content === last) return msgs.map(({ content }) => content);
    await nextTurn();
  }
}

test("what is posted reaches every instance, in order", async () => {
  const cluster = await startChannel();
  const client = cluster.app(callerId).client(asyncClient);
  await client.transChannel({ msg: { name: "June", content: "Good Morning" } });
  await client.transChannel({ msg: { name: "Mike", content: "Good Evening" } });
  for (const instance of instances) {
    expect(await contents(cluster, instance, "Good Evening")).toEqual(["Good Morning", "Good Evening"]);
  }
});

test("only the newest messages are kept", async () => {
  const cluster = await startChannel();
  const client = cluster.app(callerId).client(asyncClient);
  for (let number = 1; number <= 150; number++) {
    await client.transChannel({ msg: { name: "June", content: String(number) } });
  }
  const kept = await contents(cluster, instances[0] ?? "", "150");
  expect(kept).toHaveLength(100);
  expect(kept[0]).toBe("51");
});

test("a message without content does not leave the caller", async () => {
  const cluster = await startChannel();
  const client = cluster.app(callerId).client(asyncClient);
  for (const request of [{}, { msg: { name: "June" } }]) {
    await expect(client.transChannel(request)).rejects.toThrow("a message for the channel needs a content");
  }
});
