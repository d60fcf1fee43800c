import { describe, expect, test } from "vitest";
import type { CallRecord } from "../cluster/messages.ts";
import type { ClaimChange } from "../run/claim-watch.ts";
import type { CommittedWrite } from "../run/write-log.ts";
import { acknowledgedTurns, servicesOf } from "./acknowledged.ts";
import { checkLater } from "./check-later.ts";
import { checkLateAnswers, checkOverlaps, graceAfter } from "./check-owners.ts";

const key = "/m3/claim/chaos.world1/counter/Counter/c1";

function call(owner: string, began: number, ended: number, value = 1): CallRecord {
  return { kind: "add-later", actor: "c1", op: "", answer: { turn: { owner, began, ended }, value } };
}

function services(...calls: readonly CallRecord[]) {
  return servicesOf(acknowledgedTurns(calls, []));
}

const noGrace = () => 0;

function write(owner: string, counter: number, later = 0): CommittedWrite {
  return { actor: "c1", version: 1, count: 0, later, coins: 0, add_op: "", owner, epoch: 1, counter };
}

/** An app gets the claim at revision 5, and loses it at 9. */
function claim(end: Partial<ClaimChange> = {}): readonly ClaimChange[] {
  return [
    { key, holder: "app1", revision: 5, heardAt: 100 },
    { key, holder: undefined, revision: 9, heardAt: 200, ...end },
  ];
}

describe("two activations of an actor", () => {
  test("may answer one after the other", () => {
    expect(checkOverlaps(services(call("a", 1, 2), call("b", 5, 6), call("a", 3, 4)), noGrace)).toEqual([]);
  });

  test("must not answer at the same time", () => {
    expect(checkOverlaps(services(call("a", 1, 2), call("b", 3, 4), call("a", 5, 6)), noGrace)).toEqual([
      "c1: b answered 3.0 ms before a had stopped to",
    ]);
  });
});

describe("an activation", () => {
  test("answers until its claim has ended, and not later", () => {
    expect(checkLateAnswers(services(call("a", 190, 200)), noGrace, [write("a", 5)], claim())).toEqual([]);
    expect(checkLateAnswers(services(call("a", 190, 201)), noGrace, [write("a", 5)], claim())).toEqual([
      "c1: a answered 1.0 ms after its claim had ended",
    ]);
  });
});

describe("after an operator has revoked a session", () => {
  const changes = [...claim(), { key: "/m3/app/app1", holder: undefined, revision: 9, heardAt: 200 }].map((change) =>
    change.holder === undefined ? change : { ...change, holder: "app1 incarnation" },
  );
  const late = services(call("a", 190, 250));
  const check = (app: string, at: number) =>
    checkLateAnswers(late, graceAfter([{ app, at }], 100, [write("a", 5)], changes), [write("a", 5)], changes);

  test("its owner may answer until it can have heard of it", () => {
    expect(check("app1", 190)).toEqual([]);
    expect(check("app1", 99)).toHaveLength(1);
    expect(check("app2", 190)).toHaveLength(1);
  });
});

describe("what is saved later", () => {
  const windowMs = 100;
  const sessionEnd: ClaimChange = { key: "/m3/app/app1", holder: undefined, revision: 9, heardAt: 200 };

  function check(calls: readonly CallRecord[], changes: readonly ClaimChange[], pauses = [{ from: 0, to: 0 }]) {
    return checkLater({ calls, services: services(...calls), writes: [write("a", 5, 1)], changes, pauses, windowMs });
  }

  test("may be lost with its owner, when it was changed just before", () => {
    const lost = [...claim(), sessionEnd];
    expect(check([call("a", 10, 11, 1), call("a", 60, 61, 2), call("a", 160, 161, 3)], lost)).toEqual([]);
  });

  test("must be saved in time, pauses not counted", () => {
    const calls = [call("a", 10, 11, 2), call("a", 160, 161, 3)];
    const lost = [...claim(), sessionEnd];
    expect(check(calls, lost)).toEqual(["c1: a answered for 150 ms without saving 2"]);
    expect(check(calls, lost, [{ from: 20, to: 80 }])).toEqual([]);
  });

  test("must not be lost when its owner leaves in order", () => {
    const calls = [call("a", 10, 11, 2)];
    expect(check(calls, claim())).toEqual(["c1: a left in order and lost 2"]);
    expect(check(calls, claim({ holder: "app2" }))).toEqual(["c1: a left in order and lost 2"]);
  });
});
