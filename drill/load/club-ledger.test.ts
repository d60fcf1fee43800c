import { GateError } from "@m3game/client";
import { describe, expect, test } from "vitest";
import { ClubLedger } from "./club-ledger.ts";

const fail = (notExecuted: boolean) => () => Promise.reject(new GateError(14, "gone", { notExecuted }));

describe("a ledger of clubs", () => {
  test("finds a club that is lost, one that nobody founded, and one with two founders", async () => {
    const ledger = new ClubLedger();
    await ledger.change(1n, async () => 10n);
    ledger.see(1n, 10n);
    expect(() => ledger.see(1n, undefined)).toThrow("role 1 has no club, and 10 was acknowledged");
    expect(() =>
      ledger.seeAll([
        { clubId: 10n, ownerId: 1n },
        { clubId: 11n, ownerId: 2n },
      ]),
    ).toThrow("role 2 has 11, and no club was acknowledged");
    await expect(ledger.change(3n, async () => 10n)).rejects.toThrow(
      "club 10 was founded by role 1, and by role 3 too",
    );
  });

  test("takes a change of which nobody knows whether it happened either way", async () => {
    const ledger = new ClubLedger();
    await ledger.change(1n, fail(false)).catch(() => {});
    ledger.see(1n, 10n);
    await ledger.change(2n, fail(true)).catch(() => {});
    expect(() => ledger.see(2n, 11n)).toThrow("no club was acknowledged");
  });

  test("finds a role that owns two clubs", async () => {
    const clubs = [10n, 11n].map((clubId) => ({ clubId, ownerId: 1n }));
    expect(() => new ClubLedger().seeAll(clubs)).toThrow("a role owns two clubs");
  });
});
