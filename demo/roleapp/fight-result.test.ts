import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { FightOutcome, RoleDBSchema, RoleFightResult_ReqSchema } from "../gen/role_pb.js";
import { applyFightResult } from "./fight-result.ts";

const result = (fightId: string, outcome: FightOutcome, ratingChange = 16) =>
  create(RoleFightResult_ReqSchema, { fightId, outcome, score: { ratingChange, powerChange: 30 } });

test("a fight counts once, however often it is told", () => {
  const role = create(RoleDBSchema, { rating: 1000, power: 5 });
  for (let time = 0; time < 3; time++) applyFightResult(role, result("f1", FightOutcome.WON));
  applyFightResult(role, result("f2", FightOutcome.LOST, -16));
  applyFightResult(role, result("f1", FightOutcome.WON));
  applyFightResult(role, result("f3", FightOutcome.DRAW, 0));
  expect(role).toMatchObject({ rating: 1000, power: 95, wins: 1, losses: 1, fightIds: ["f1", "f2", "f3"] });
});

test("numbers stay what the store can hold", () => {
  const role = create(RoleDBSchema, { rating: 10, power: 2 ** 31 - 2 });
  applyFightResult(role, result("f1", FightOutcome.LOST, -30));
  expect(role).toMatchObject({ rating: 0, power: 2 ** 31 - 1 });
  for (let fight = 2; fight < 100; fight++) applyFightResult(role, result(`f${fight}`, FightOutcome.DRAW));
  expect(role.fightIds).toHaveLength(32);
  expect(role.fightIds.at(-1)).toBe("f99");
});
