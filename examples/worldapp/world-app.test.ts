import { defineApp, startCluster } from "m3game";
import { expect, onTestFinished, test } from "vitest";
import { WorldSer } from "../gen/world_pb.js";
import worldApp from "./app.ts";
import { Walkers } from "./walkers.ts";

const callerId = "example.world1.caller.1";

async function startWorld() {
  const cluster = await startCluster([
    { app: worldApp, id: "example.world1.world.1" },
    { app: defineApp({ func: "caller", servers: [] }), id: callerId },
  ]);
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  return cluster.app(callerId).client(WorldSer);
}

test("entities walk to where they are sent, and are seen by whoever is near", () => {
  const walkers = new Walkers();
  walkers.create("Guanyu", { x: 150, y: 150 });
  walkers.create("Qinqiong", { x: 180, y: 180 });
  const namesNear = (x: number, y: number) => walkers.near({ x, y }).map(({ name }) => name);
  expect(namesNear(150, 150)).toEqual(["Guanyu"]);
  walkers.move("Guanyu", { x: 180, y: 180 });
  walkers.move("Qinqiong", { x: 150, y: 150 });
  walkers.tick(7000);
  expect(walkers.get("Guanyu").at.x).toBeCloseTo(150 + 21 / Math.SQRT2);
  expect(namesNear(165, 165)).toEqual(["Guanyu", "Qinqiong"]);
  for (let second = 0; second < 20; second++) walkers.tick(1000);
  expect(namesNear(180, 180)).toEqual(["Guanyu"]);
  expect(walkers.get("Guanyu")).toMatchObject({ at: { x: 180, y: 180 }, to: { x: 180, y: 180 } });
});

test("the service shows an entity and its way", async () => {
  const world = await startWorld();
  const [here, there] = [
    { x: 150, y: 150 },
    { x: 151, y: 150 },
  ];
  const { entity } = await world.createEntity({ name: "Guanyu", srcPos: here });
  expect(entity).toMatchObject({ name: "Guanyu", srcPos: here, dstPos: here, curPos: here, moveTime: 0n, moved: 100 });
  expect((await world.moveEntity({ name: "Guanyu", dstPos: there })).entity).toMatchObject({
    srcPos: here,
    dstPos: there,
  });
  const moved = async () => (await world.viewEntity({ name: "Guanyu" })).entity;
  await expect.poll(moved, { timeout: 20_000 }).toMatchObject({ curPos: there, moved: 100 });
  expect((await world.viewPosition({ pos: here })).entities).toMatchObject([{ name: "Guanyu" }]);
  // Created again it is where it was created.
  expect((await world.createEntity({ name: "Guanyu", srcPos: here })).entity).toMatchObject({ curPos: here });
});

test.each([
  ["an entity without a name", { name: "", srcPos: { x: 1, y: 1 } }, "a name has 1 to 32 characters"],
  ["a place outside", { name: "Guanyu", srcPos: { x: 1000, y: 1 } }, "1000,1 is outside of the world"],
])("%s is refused", async (_what, request, message) => {
  const world = await startWorld();
  await expect(world.createEntity(request)).rejects.toThrow(message);
  await expect(world.viewEntity({ name: "nobody" })).rejects.toThrow("there is no nobody: create it first");
});
