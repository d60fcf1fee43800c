import { expect, test } from "vitest";
import { findCycles } from "./cycles.ts";

const graph = (edges: Readonly<Record<string, string>>) =>
  new Map(Object.entries(edges).map(([node, targets]) => [node, new Set(targets)]));

test("a graph without a cycle", () => {
  expect(findCycles(graph({ a: "bc", b: "c", c: "d" }))).toEqual([]);
});

test("a node that points to itself", () => {
  expect(findCycles(graph({ a: "a" }))).toEqual([["a"]]);
});

test("the shortest cycle of each knot", () => {
  expect(findCycles(graph({ a: "bc", b: "c", c: "da", d: "a", x: "y", y: "x" }))).toEqual([
    ["a", "c"],
    ["x", "y"],
  ]);
});
