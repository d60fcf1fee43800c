import { expect, test } from "vitest";
import { directionOfKeys, directionOfPull, isSteering } from "./steering.ts";

test.each([
  [["KeyW"], { x: 0, y: -1 }],
  [["ArrowRight", "KeyD"], { x: 1, y: 0 }],
  [["KeyA", "KeyD"], { x: 0, y: 0 }],
  [[], { x: 0, y: 0 }],
  [["Space", "KeyS"], { x: 0, y: 1 }],
])("%j leads to %j", (held, direction) => {
  expect(directionOfKeys(held)).toEqual(direction);
});

test("diagonally it is no faster", () => {
  const { x, y } = directionOfKeys(["KeyS", "ArrowRight"]);
  expect(x).toBeCloseTo(Math.SQRT1_2);
  expect(Math.hypot(x, y)).toBeCloseTo(1);
});

test("a pull leads its way: not at all when it is short, never faster than at full length", () => {
  const limits = { dead: 10, full: 50 };
  expect(directionOfPull(6, 8, limits)).toEqual({ x: 0, y: 0 });
  expect(directionOfPull(0, 25, limits)).toEqual({ x: 0, y: 0.5 });
  expect(directionOfPull(-300, 0, limits)).toEqual({ x: -1, y: 0 });
});

test("other keys are the browser's", () => {
  expect([isSteering("KeyW"), isSteering("Tab"), isSteering("toString")]).toEqual([true, false, false]);
});
