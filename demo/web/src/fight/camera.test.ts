import { expect, test } from "vitest";
import { cameraFor, toMap } from "./camera.ts";

const map = { width: 64, height: 40 };
const none = { top: 0, bottom: 0, side: 0 };
const middle = { x: 32, y: 20 };

test("a large canvas shows the whole map in its middle", () => {
  expect(cameraFor(map, { width: 1280, height: 1000 }, none, { x: 0, y: 0 })).toEqual({ scale: 20, x: 0, y: 100 });
});

test("margins stay free", () => {
  expect(cameraFor(map, { width: 1320, height: 900 }, { top: 80, bottom: 20, side: 20 }, middle)).toEqual({
    scale: 20,
    x: 20,
    y: 80,
  });
});

test("a small canvas follows the player, and shows nothing beyond the edge", () => {
  const phone = { width: 390, height: 700 };
  const at = (x: number) => cameraFor(map, phone, none, { x, y: 20 });
  expect(at(32)).toMatchObject({ scale: 15, x: 195 - 32 * 15 });
  expect([at(0).x, at(64).x]).toEqual([0, 390 - 64 * 15]);
});

test("a pixel has its place on the map", () => {
  const camera = cameraFor(map, { width: 1280, height: 1000 }, none, middle);
  expect(toMap(camera, { x: 640, y: 500 })).toEqual(middle);
});
