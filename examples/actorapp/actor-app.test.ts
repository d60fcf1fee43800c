import { type App, type Cluster, type ClusterMember, defineApp, multi, p2p, startCluster } from "m3game";
import { expect, onTestFinished, test } from "vitest";
import asyncApp from "../asyncapp/app.ts";
import { ActorRegSer, ActorSer } from "../gen/actor_pb.js";
import { GateSer } from "../gen/gate_pb.js";
import actorApp from "./app.ts";
import { Player } from "./player.ts";

const ids = ["example.world1.actor.1", "example.world1.actor.2"] as const;
const gateId = "example.world1.gate.1";
const patience = { timeout: 10_000 };
const player = { actorId: "17" };

const asyncMember = { app: asyncApp, id: "example.world1.async.1" };

function actorMember(id: string, idleSeconds: number): ClusterMember {
  const resource = `[[Options.Resource]]\nCfgPath = ${JSON.stringify(import.meta.dirname)}\n`;
  return { app: actorApp, id, config: `${resource}[[Server.Actor]]\nActiveTimeOut = ${idleSeconds}\n` };
}

/** A gate and two instances of the app that share a store. `pushed` resolves with the first push to a player. */
async function startGame({ idleSeconds = 0, others = [] as readonly ClusterMember[] } = {}) {
  const { promise: pushed, resolve } = Promise.withResolvers<{ playerId: string; content: string }>();
  const gateSer = multi(GateSer, {
    sendToCli({ playerId, content }) {
      resolve({ playerId, content });
      return {};
    },
  });
  const gateApp = defineApp({ func: "gate", servers: [gateSer] });
  const actors = ids.map((id) => actorMember(id, idleSeconds));
  const cluster = await startCluster([{ app: gateApp, id: gateId }, ...others, ...actors]);
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  return { cluster, pushed, gate: cluster.app(gateId) };
}

async function register(gate: App, name = "June"): Promise<void> {
  await gate.client(ActorRegSer).register({ playerId: player.actorId, name });
}

/** The instances on which the player is active. */
function homes(cluster: Cluster): readonly string[] {
  return ids.filter((id) => cluster.app(id).actors(Player).list().includes(player.actorId));
}

test("a player is registered, logs in, changes its name, levels up and gets its titles", async () => {
  const { gate } = await startGame();
  await register(gate);
  const calls = gate.client(ActorSer);
  expect((await calls.login(player)).actorDb).toMatchObject({ ...player, name: "June", level: 1 });
  expect(await calls.getInfo(player)).toMatchObject({ name: "June", title: "Junior" });
  expect(await calls.modifyName({ ...player, newName: "Mike" })).toMatchObject({ name: "Mike" });
  for (const level of [2, 3, 4, 5]) expect(await calls.lvUp(player)).toMatchObject({ level });
  expect(await calls.getInfo(player)).toMatchObject({ name: "Mike", title: "Middle" });
});

test("registering a player that exists keeps its data", async () => {
  const { gate } = await startGame();
  await register(gate);
  await gate.client(ActorSer).lvUp(player);
  await register(gate, "Mike");
  expect((await gate.client(ActorSer).login(player)).actorDb).toMatchObject({ name: "June", level: 2 });
});

test("nobody logs in who was not registered, and a name can't be empty", async () => {
  const { gate } = await startGame();
  await expect(gate.client(ActorSer).login(player)).rejects.toThrow("there is no player 17");
  await register(gate);
  await expect(gate.client(ActorSer).modifyName({ ...player, newName: "" })).rejects.toThrow("a player needs a name");
});

test("what a player posts reaches the channel, and is pulled from there", async () => {
  const { gate } = await startGame({ others: [asyncMember] });
  await register(gate);
  const calls = gate.client(ActorSer);
  await calls.postChannel({ ...player, content: "Good Morning" });
  // A broadcast is on its way when its sender goes on.
  await expect
    .poll(async () => (await calls.pullChannel(player)).msgs, patience)
    .toMatchObject([{ name: "June", content: "Good Morning" }]);
});

test("a call to one app moves the player there, with its data and its gate", async () => {
  const { cluster, gate, pushed } = await startGame();
  await register(gate);
  const calls = gate.client(ActorSer);
  await calls.to(p2p(ids[1])).login(player);
  expect(homes(cluster)).toEqual([ids[1]]);
  expect(await calls.to(p2p(ids[0])).lvUp(player)).toMatchObject({ level: 2 });
  expect(homes(cluster)).toEqual([ids[0]]);
  await gate.client(ActorRegSer).kick({ leaseId: "17" });
  expect(await pushed).toEqual({ playerId: "17", content: "Exited" });
});

test("the gate of a player that nobody calls hears that it went offline", async () => {
  const { gate, pushed } = await startGame({ idleSeconds: 0.05 });
  await register(gate);
  await gate.client(ActorSer).login(player);
  expect(await pushed).toEqual({ playerId: "17", content: "Exited" });
});

test("a player that is kicked is saved, and its gate hears of it", async () => {
  const { cluster, gate, pushed } = await startGame();
  await register(gate);
  await gate.client(ActorSer).login(player);
  await gate.client(ActorSer).lvUp(player);
  await gate.client(ActorRegSer).kick({ leaseId: "17" });
  expect(await pushed).toEqual({ playerId: "17", content: "Exited" });
  await expect.poll(() => homes(cluster), patience).toEqual([]);
  expect((await gate.client(ActorSer).login(player)).actorDb).toMatchObject({ level: 2 });
});

test("a gate that is gone keeps nobody from leaving", async () => {
  const { cluster, gate } = await startGame();
  await register(gate);
  await gate.client(ActorSer).login(player);
  const other = cluster.app(ids[0]);
  await gate.stop();
  await other.client(ActorRegSer).kick({ leaseId: "17" });
  await expect.poll(() => homes(cluster), patience).toEqual([]);
});
