import { expect, test } from "vitest";
import { z } from "zod";
import { WordSchema } from "../../test/support/game-service.ts";
import { type GateWorld, gateIds, startGateWorld } from "../../test/support/gate-world.ts";
import { ScriptedDb } from "../../test/support/scripted-db.ts";
import type { TestClient } from "../../test/support/test-gate.ts";
import { definePlugin } from "../plugin/plugin.ts";
import { players } from "./players.ts";
import { pushTable } from "./push-row.ts";

const patience = { timeout: 20_000 };

async function startWorld(config = "KeepPushes = true") {
  const db = await ScriptedDb.create();
  const plugin = definePlugin({ kind: "db", name: "db_scripted", config: z.object({}), create: () => db });
  const section = '\n[[Plugin.DB.db_scripted]]\nName = "pushes"\n';
  return { db, world: await startGateWorld({ gates: 2, plugins: [plugin], config: config + section }) };
}

function push(world: GateWorld, text: string): Promise<void> {
  return players(world.cluster.app("test.w1.game.1")).push("june", WordSchema, { text });
}

/** The client breaks, its gate ends without it, and it comes back to the other one. */
async function loseGate(world: GateWorld, before: TestClient, gate: number, ack: number) {
  before.break();
  await world.cluster.app(gateIds[gate] ?? "").stop();
  const token = before.received.items.findLast(({ resumeToken }) => resumeToken.length > 0)?.resumeToken;
  const client = world.connect(1 - gate);
  return { client, welcome: (await client.login("june", token, ack)).welcome };
}

test.each(["KeepPushes = true", 'KeepPushes = "pushes"'])("pushes outlive their gate with %s", async (config) => {
  const { world } = await startWorld(config);
  const before = await world.player("june");
  for (const text of ["one", "two", "three", "four"]) await push(world, text);
  await before.untilPushes(4);
  before.write({ ack: 2 });
  const { client, welcome } = await loseGate(world, before, 0, 2);
  expect(welcome).toMatchObject({ resumed: true, pushesLost: false });
  await push(world, "five");
  expect(await client.untilPushes(3)).toEqual([
    [3, "three"],
    [4, "four"],
    [5, "five"],
  ]);
});

test("without it they are lost, and the client is told", async () => {
  const { db, world } = await startWorld("");
  const before = await world.player("june");
  for (const text of ["one", "two", "three"]) await push(world, text);
  const { client, welcome } = await loseGate(world, before, 0, 2);
  expect(welcome).toMatchObject({ resumed: true, pushesLost: true });
  await push(world, "new");
  expect(await client.untilPushes(1)).toEqual([[3, "new"]]);
  expect([db.prepared, db.written.length]).toEqual([0, 0]);
});

test("numbers go on where the client stands when it has what the store does not", async () => {
  const { world } = await startWorld();
  const before = await world.player("june");
  await push(world, "one");
  const { client, welcome } = await loseGate(world, before, 0, 4);
  expect(welcome?.pushesLost).toBe(false);
  await push(world, "new");
  expect(await client.untilPushes(1)).toEqual([[5, "new"]]);
});

test("what moved to another gate outlives that one too", async () => {
  const { db, world } = await startWorld();
  const first = await world.player("june", 0);
  await push(world, "one");
  const firstFence = db.written.at(-1)?.[0]?.scope?.fence.counter;
  first.break();
  const second = world.connect(1);
  await second.login("june", first.received.items.find(({ resumeToken }) => resumeToken.length > 0)?.resumeToken);
  // The new gate writes the row under its own fence, without another push.
  await expect.poll(() => db.written.at(-1)?.[0]?.scope?.fence.counter, patience).not.toBe(firstFence);
  const { client, welcome } = await loseGate(world, second, 1, 0);
  expect(welcome?.pushesLost).toBe(false);
  expect(await client.untilPushes(1)).toEqual([[1, "one"]]);
});

test("a push that is awaited is stored, and its client does not wait for that", async () => {
  const { db, world } = await startWorld();
  const client = await world.player("june");
  db.writes.push("held");
  let isDone = false;
  const pushed = push(world, "one").then(() => {
    isDone = true;
  });
  await Promise.all([db.holds(), client.untilPushes(1)]);
  expect(isDone).toBe(false);
  db.release();
  await pushed;
  expect((await db.read(pushTable, "june"))?.version).toBeDefined();
});

test.each<[string, (world: GateWorld, client: TestClient) => unknown]>([
  ["is kicked", (world) => players(world.cluster.app("test.w1.game.1")).kick("june", "enough")],
  ["says goodbye", (_world, client) => client.write({ goodbye: {} })],
  ["stays away", (_world, client) => client.break()],
])("nothing is left of a player who %s", async (_name, leave) => {
  const { db, world } = await startWorld("ResumeWindow = 0.2\nKeepPushes = true");
  const client = await world.player("june");
  await push(world, "one");
  expect(await db.read(pushTable, "june")).toBeDefined();
  await leave(world, client);
  await expect.poll(() => db.read(pushTable, "june"), patience).toBeUndefined();
});

test("pushes that need not come are not stored, nor those of clients that keep none", async () => {
  const { db, world } = await startWorld();
  await world.player("june");
  const all = players(world.cluster.app("test.w1.game.1"));
  await all.push("june", WordSchema, { text: "droppable" }, { delivery: "droppable" });
  await all.push("june", WordSchema, { text: "latest" }, { delivery: { latest: "a" } });
  const old = world.connect();
  await old.legacyLogin("mike");
  await all.push("mike", WordSchema, { text: "sure" });
  await push(world, "sure");
  expect(db.written.flat().flatMap(({ writes }) => writes.map(({ key }) => key))).toEqual(["june"]);
});
