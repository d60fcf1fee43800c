import { expect, test } from "vitest";
import { describeRollback } from "./rollback.ts";

test("what a rollback has cost is told by what was lost in its time, and nothing of another one", () => {
  const rollback = { name: "is gone", backupAt: 10_000, lostAt: 30_000, window: { from: 2000, to: 33_000 } };
  const loss = (what: "change" | "club" | "fight" | "player", at: number, who = "drill-1") => ({ what, who, at });
  const losses = [
    ...[loss("change", 9500), loss("change", 11_000), loss("change", 12_000, "drill-2"), loss("change", 70_000)],
    ...[loss("club", 12_000, "a role"), loss("fight", 29_000, "a role"), loss("player", 20_000)],
  ];
  expect(describeRollback(rollback, losses)).toBe(
    "the store is gone: lost 3 changes of 2 players, 1 of clubs, 1 new players, 1 ends of fights; " +
      "the oldest of 0.5 s before the back-up, the newest of 19.0 s after the back-up; the apps were killed 20.0 s after the back-up",
  );
  expect(describeRollback({ ...rollback, window: { from: 0, to: 1 } }, losses)).toBe(
    "the store is gone: lost 0 changes of 0 players, 0 of clubs, 0 new players, 0 ends of fights; the apps were killed 20.0 s after the back-up",
  );
});
