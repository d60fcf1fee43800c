import { expect, test } from "vitest";
import { Interest } from "./interest.ts";
import { World } from "./world.ts";

test("tells what came into sight, stayed and left", () => {
  const world = new World({ width: 100, height: 100, cellSize: 10, capacity: 10, update: () => {} });
  const [near, walker, gone] = [
    { x: 50, y: 50 },
    { x: 52, y: 50 },
    { x: 53, y: 50 },
  ].map((place) => world.add(place));
  const interest = new Interest();
  const look = () => interest.look(world, 50, 50, 10);
  expect(look()).toEqual({ entered: [near, walker, gone], stayed: [], left: [] });
  world.set(walker ?? 0, { x: 80 });
  world.remove(gone ?? 0);
  const late = world.add({ x: 55, y: 55 });
  world.remove(late);
  expect(look()).toEqual({ entered: [], stayed: [near], left: [walker, gone] });
  world.set(walker ?? 0, { x: 45 });
  expect(look()).toEqual({ entered: [walker], stayed: [near], left: [] });
});
