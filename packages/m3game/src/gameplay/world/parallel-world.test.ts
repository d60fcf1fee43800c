import { expect, test } from "vitest";
import { type CrowdFields, crowdEdge, crowdFields, update } from "./fixtures/crowd.ts";
import { ParallelWorld } from "./parallel-world.ts";
import type { Plane } from "./plane.ts";
import { World } from "./world.ts";

const size = { width: crowdEdge, height: crowdEdge, cellSize: 5, capacity: 2000, fields: crowdFields };
const crowd = new URL("fixtures/crowd.ts", import.meta.url);

function populate(world: Plane<CrowdFields>): void {
  for (let index = 0; index < 1500; index++) {
    const turn = index * 2.399963;
    const radius = Math.sqrt(index / 1500) * (crowdEdge / 2 - 1);
    world.add({
      x: crowdEdge / 2 + Math.cos(turn) * radius,
      y: crowdEdge / 2 + Math.sin(turn) * radius,
      vx: Math.sin(index) * 0.05,
      vy: Math.cos(index * 7) * 0.05,
    });
  }
}

test("gives what a world in one thread gives, cell by cell", async () => {
  const told: { local: string[][]; parallel: string[][] } = { local: [], parallel: [] };
  const local = new World<CrowdFields, string>({
    ...size,
    update,
    resolve: (_world, events) => told.local.push([...events]),
  });
  await using parallel = await ParallelWorld.create<CrowdFields, string>({
    ...size,
    module: crowd,
    workers: 2,
    resolve: (_world, events) => told.parallel.push([...events]),
  });
  populate(local);
  populate(parallel);
  for (let tick = 0; tick < 20; tick++) {
    local.tick(50);
    await parallel.tick(50);
    if (tick === 10) for (const world of [local, parallel]) world.remove(7);
  }
  expect(told.local.flat().length).toBeGreaterThan(100);
  expect(told.parallel).toEqual(told.local);
  for (const name of ["x", "y", "vx", "met"] as const) expect(parallel.now[name]).toEqual(local.now[name]);
});

test("what the phase throws comes out of the tick, and the threads end all the same", async () => {
  const world = await ParallelWorld.create<CrowdFields, string>({
    ...size,
    module: new URL("fixtures/broken.ts", import.meta.url),
  });
  populate(world);
  await world.tick(1);
  await expect(world.tick(2)).rejects.toThrow("too far");
  await world[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

test("a module without the phase is refused", async () => {
  const module = new URL("interest.ts", import.meta.url);
  await expect(ParallelWorld.create({ ...size, module })).rejects.toThrow(
    'interest.ts must export a function "update"',
  );
});
