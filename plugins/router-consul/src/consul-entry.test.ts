import { expect, test } from "vitest";
import { type ConsulEntry, newestOf } from "./consul-entry.ts";

function entry(ins: string, port: number, modifyIndex: number): ConsulEntry {
  const instance = { app: `e.w.f.${ins}`, service: "e.w.f", host: "h", port, meta: {} };
  return { instance, incarnation: "", modifyIndex };
}

test("of two entries of one app the one entered last counts", () => {
  const newest = newestOf([entry("1", 10, 7), entry("1", 11, 9), entry("1", 12, 8), entry("2", 20, 1)]);
  expect(newest.map(({ app, port }) => [app, port])).toEqual([
    ["e.w.f.1", 11],
    ["e.w.f.2", 20],
  ]);
});
