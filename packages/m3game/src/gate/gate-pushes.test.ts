import { expect, onTestFinished, test, vi } from "vitest";
import { WordSchema } from "../../test/support/game-service.ts";
import { type GateWorld, gateIds, startGateWorld } from "../../test/support/gate-world.ts";
import { GateCore } from "./gate-core.ts";
import { players } from "./players.ts";
import type { PushOptions } from "./sessions.ts";

const game = "test.w1.game.1";

function push(world: GateWorld, text: string, delivery?: NonNullable<PushOptions["delivery"]>): Promise<void> {
  return players(world.cluster.app(game)).push("june", WordSchema, { text }, delivery && { delivery });
}

test("pushes come in order from any app, wherever the player is", async () => {
  const world = await startGateWorld({ gates: 2 });
  const client = await world.player("june", 1);
  await push(world, "one");
  await players(world.cluster.app(gateIds[0])).push("june", WordSchema, { text: "two" });
  await players(world.cluster.app(game), { gate: gateIds[1] }).push("june", WordSchema, { text: "three" });
  expect(await client.untilPushes(3)).toEqual([
    [1, "one"],
    [2, "two"],
    [3, "three"],
  ]);
});

test("a gate remembers where a player is, until that is not so", async () => {
  const lookups = vi.spyOn(GateCore.prototype, "holder");
  onTestFinished(() => lookups.mockRestore());
  const world = await startGateWorld({ gates: 2 });
  const before = await world.player("june", 1);
  const first = players(world.cluster.app(game), { gate: gateIds[0] });
  for (const text of ["one", "two", "three"]) await first.push("june", WordSchema, { text });
  await before.untilPushes(3);
  expect(lookups).toHaveBeenCalledTimes(1);
  await first.kick("june", "enough");
  await expect(first.push("june", WordSchema, { text: "four" })).rejects.toMatchObject({ reason: "PLAYER_OFFLINE" });
  expect(lookups.mock.calls.length).toBeGreaterThan(1);
});

test("nobody can push to a player who is not connected", async () => {
  const world = await startGateWorld({ gates: 2 });
  await expect(push(world, "one")).rejects.toMatchObject({ reason: "PLAYER_OFFLINE" });
});

test("a client that reads too slowly gets all that is reliable, the newest of what has a key, and nothing droppable", async () => {
  const world = await startGateWorld({ config: "DropBytes = 1024" });
  const client = await world.player("june");
  client.backlogBytes = 2000;
  await push(world, "dropped", "droppable");
  await push(world, "old", { latest: "a" });
  await push(world, "other", { latest: "b" });
  await push(world, "new", { latest: "a" });
  await push(world, "sure");
  expect(await client.untilPushes(1)).toEqual([[1, "sure"]]);
  client.backlogBytes = 0;
  expect(await client.untilPushes(3)).toEqual([
    [1, "sure"],
    [0, "new"],
    [0, "other"],
  ]);
  await push(world, "read", "droppable");
  expect(await client.untilPushes(4)).toContainEqual([0, "read"]);
});

test("a client that is away finds the newest of what has a key when it comes back, at another gate too", async () => {
  const world = await startGateWorld({ gates: 2 });
  const before = await world.player("june");
  before.break();
  await push(world, "dropped", "droppable");
  await push(world, "old", { latest: "a" });
  await push(world, "new", { latest: "a" });
  const client = world.connect(1);
  await client.login("june", before.received.last.resumeToken);
  expect(await client.untilPushes(1)).toEqual([[0, "new"]]);
});

test("a client that does not acknowledge ends when too much is kept for it; one that does goes on", async () => {
  const world = await startGateWorld({ config: "MaxKeptBytes = 1024" });
  const client = await world.player("june");
  const text = "x".repeat(300);
  for (const number of [1, 2, 3, 4, 5]) {
    await push(world, text);
    await client.untilPushes(number);
    client.write({ ack: number });
  }
  for (const _ of [6, 7, 8]) await push(world, text);
  await push(world, text);
  expect(await client.goodbye()).toEqual({ reason: "SLOW_READER", resumable: false });
  expect(world.ends).toEqual(["june slow"]);
});

test("a client that reads nothing loses its connection, and can come back", async () => {
  const world = await startGateWorld({ config: "MaxUnsentBytes = 1024" });
  const client = await world.player("june");
  client.backlogBytes = 2000;
  await push(world, "one");
  expect(await client.goodbye()).toEqual({ reason: "SLOW_READER", resumable: true });
});

test("what is pushed to a group comes to everyone in it, at all gates", async () => {
  const world = await startGateWorld({ gates: 2 });
  const [june, mike, mary] = [
    await world.player("june", 0),
    await world.player("mike", 1),
    await world.player("mary", 1),
  ];
  const all = players(world.cluster.app(game));
  for (const name of ["june", "mike", "mary"]) await all.join(name, "guild");
  await all.leave("mary", "guild");
  await all.pushToGroup("guild", WordSchema, { text: "hello" });
  await all.pushToGroup("guild", WordSchema, { text: "sure" }, { delivery: "reliable" });
  for (const client of [june, mike]) {
    expect(await client.untilPushes(2)).toEqual([
      [0, "hello"],
      [1, "sure"],
    ]);
  }
  await all.push("mary", WordSchema, { text: "alone" });
  expect(await mary.untilPushes(1)).toEqual([[1, "alone"]]);
});

test.each([0, 1])(
  "a player stays in its groups when it comes back to gate %i, also after its gate was lost",
  async (gate) => {
    const world = await startGateWorld({ gates: 2 });
    const before = await world.player("june", 0);
    const all = players(world.cluster.app(game));
    await all.join("june", "guild");
    before.break();
    if (gate === 1) await world.cluster.app(gateIds[0]).stop();
    const token = before.received.items.findLast(({ resumeToken }) => resumeToken.length > 0)?.resumeToken;
    const client = world.connect(gate);
    await client.login("june", token);
    await all.pushToGroup("guild", WordSchema, { text: "hello" });
    expect(await client.untilPushes(1)).toEqual([[0, "hello"]]);
  },
);

test("the game's notes on a session go along to another gate", async () => {
  const world = await startGateWorld({
    gates: 2,
    handler: {
      onAuth: (content) => ({ id: new TextDecoder().decode(content), response: content, attributes: { rank: "1" } }),
      onCall: async (call) => {
        const { attributes } = call.session;
        attributes.set("rank", `${Number(attributes.get("rank")) + 1}`);
        call.session.push(WordSchema, { text: attributes.get("rank") ?? "" });
        return call.forward();
      },
    },
  });
  const before = await world.player("june", 0);
  await before.ask("Say", "hi");
  before.break();
  const client = world.connect(1);
  await client.login("june", before.received.items.find(({ resumeToken }) => resumeToken.length > 0)?.resumeToken, 1);
  await client.ask("Say", "hi", { sequence: 2 });
  expect(await client.untilPushes(1)).toEqual([[2, "3"]]);
});

test("attributes reach nobody who can't decrypt them", async () => {
  const world = await startGateWorld({
    handler: {
      onAuth: (content) => ({ id: "june", response: content, attributes: { open: "very-secret" } }),
    },
  });
  const client = await world.player("june");
  const { resumeToken } = client.received.last;
  expect(Buffer.from(resumeToken).includes("very-secret")).toBe(false);
  const other = world.connect();
  resumeToken[20] = (resumeToken[20] ?? 0) ^ 1;
  expect((await other.login("june", resumeToken)).welcome?.resumed).toBe(false);
});

test("a client that claims the last number of all harms nobody but itself", async () => {
  const world = await startGateWorld();
  const before = await world.player("june");
  const other = await world.player("mike");
  before.write({ goodbye: {} });
  await before.closed;
  const token = before.received.items.find(({ resumeToken }) => resumeToken.length > 0)?.resumeToken;
  const client = world.connect();
  expect((await client.login("june", token, 0xffff_ffff)).welcome?.resumed).toBe(true);
  const all = players(world.cluster.app(game));
  for (const player of ["june", "mike"]) await all.join(player, "room");
  await all.pushToGroup("room", WordSchema, { text: "news" }, { delivery: "reliable" });
  expect(await other.untilPushes(1)).toEqual([[1, "news"]]);
  expect(await client.goodbye()).toEqual({ reason: "SLOW_READER", resumable: false });
});
