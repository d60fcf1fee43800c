import { create } from "@bufbuild/protobuf";
import { FightResultSchema } from "@m3game/demo/gen/fight_pb.js";
import { RoleDBSchema } from "@m3game/demo/gen/role_pb.js";
import { expect, test } from "vitest";
import { FightLedger } from "./fight-ledger.ts";

const role = (rating: number, power: number) => create(RoleDBSchema, { rating, power });

function wonOnce(): FightLedger {
  const ledger = new FightLedger();
  const scores = [{ roleId: 1n, ratingChange: 16, powerChange: 30 }];
  ledger.end(1n, "a", create(FightResultSchema, { winner: 0, scores }));
  return ledger;
}

test("a role has what its fights brought it, no more and no less", () => {
  const ledger = wonOnce();
  expect(ledger.problemOf(1n, role(1016, 30))).toBeUndefined();
  expect(ledger.problemOf(1n, role(1032, 60))).toContain("its 1 fights made that 1016 and 30");
  expect(ledger.problemOf(1n, role(1000, 0))).toContain("role 1 has rating 1000");
});

test("one whose player was away may have fought more, and has lost nothing", () => {
  const ledger = wonOnce();
  ledger.miss(1n);
  expect(ledger.problemOf(1n, role(1000, 40))).toBeUndefined();
  expect(ledger.problemOf(1n, role(1000, 0))).toContain("role 1 has rating 1000");
});
