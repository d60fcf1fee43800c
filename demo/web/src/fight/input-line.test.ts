import { expect, test } from "vitest";
import { type Input, InputLine } from "./input-line.ts";

function line() {
  const sent: Input[] = [];
  return { sent, inputs: new InputLine((input) => sent.push(input)) };
}

const wants = (x: number, targetId = 0n): Input => ({ move: { x, y: 0 }, targetId });

test("sends what changes", () => {
  const { sent, inputs } = line();
  for (const [time, x] of [0, 1, 1, 0].entries()) inputs.update(wants(x), time * 100);
  expect(sent.map(({ move }) => move.x)).toEqual([1, 0]);
});

test("at most once in a tick, and the last word counts", () => {
  const { sent, inputs } = line();
  for (const [now, x] of [
    [0, 1],
    [10, -1],
    [20, 0.5],
    [60, 0.5],
  ] as const) {
    inputs.update(wants(x), now);
  }
  expect(sent.map(({ move }) => move.x)).toEqual([1, 0.5]);
});

test("another target is a change", () => {
  const { sent, inputs } = line();
  inputs.update(wants(0, 5n), 0);
  inputs.update(wants(0, 6n), 100);
  expect(sent.map(({ targetId }) => targetId)).toEqual([5n, 6n]);
});
