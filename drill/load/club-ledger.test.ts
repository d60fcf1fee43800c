import { GateError } from "@m3game/client";
import { describe, expect, test } from "vitest";
import { ClubLedger } from "./club-ledger.ts";
import type { LossWindow } from "./losses.ts";

const setUp = (windows: readonly LossWindow[] = []) => {
  const lost: number[] = [];
  return { ledger: new ClubLedger({ windows, onLost: (at) => lost.push(at) }), lost };
};
const fail = (notExecuted: boolean) => () => Promise.reject(new GateError(14, "gone", { notExecuted }));

describe("a ledger of clubs", () => {
  test("finds a club that is lost, one that nobody founded, and one with two founders", async () => {
    const { ledger } = setUp();
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
    const { ledger } = setUp();
    await ledger.change(1n, fail(false)).catch(() => {});
    ledger.see(1n, 10n);
    await ledger.change(2n, fail(true)).catch(() => {});
    expect(() => ledger.see(2n, 11n)).toThrow("no club was acknowledged");
  });

  test("finds a role that owns two clubs", async () => {
    const clubs = [10n, 11n].map((clubId) => ({ clubId, ownerId: 1n }));
    expect(() => setUp().ledger.seeAll(clubs)).toThrow("a role owns two clubs");
  });

  test("takes what was acknowledged in a window as lost, back to what the role had before, and an id that is given again", async () => {
    const { ledger, lost } = setUp([{ from: performance.now(), to: performance.now() + 60_000 }]);
    await ledger.change(1n, async () => 10n);
    await ledger.change(1n, async () => undefined);
    await ledger.change(1n, async () => 11n);
    ledger.see(1n, 10n);
    expect(lost).toHaveLength(2);
    await ledger.change(2n, async () => 11n);
    expect(() => ledger.see(2n, 12n)).toThrow("role 2 has 12, and 11 was acknowledged");
  });

  test("takes nothing as lost that was acknowledged before the window", async () => {
    const windows: LossWindow[] = [];
    const { ledger } = setUp(windows);
    await ledger.change(1n, async () => 10n);
    windows.push({ from: performance.now(), to: performance.now() + 60_000 });
    await ledger.change(1n, async () => undefined);
    expect(() => ledger.see(1n, undefined)).not.toThrow();
    ledger.see(1n, 10n);
    expect(() => ledger.see(1n, undefined)).toThrow("role 1 has no club, and 10 was acknowledged");
  });
});
