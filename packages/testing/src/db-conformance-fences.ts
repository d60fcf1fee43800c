import { randomUUID } from "node:crypto";
import { Code } from "m3game";
import { expect, type TestAPI } from "vitest";
import { type DbFixture, group, item, items, readRow, refused, writeOne, written } from "./db-conformance-fixture.ts";

const fenced = { code: Code.FAILED_PRECONDITION, reason: "FENCED" };

/** Fences and epochs. */
export function fenceTests(test: TestAPI, fixture: () => DbFixture): void {
  test("a write passes with the known fence and a newer one, never with an older one", async () => {
    const db = await fixture().db();
    await db.raiseFence(fixture().scope(5n));
    const version = await written(db, fixture().create("a"), fixture().scope(5n));
    expect(await writeOne(db, fixture().update("a", version, { level: 1 }), fixture().scope(4n))).toEqual(
      refused("fenced"),
    );
    const newer = await written(db, fixture().update("a", version, { level: 2 }), fixture().scope(6n));
    expect(await writeOne(db, fixture().update("a", newer, { level: 3 }), fixture().scope(5n))).toEqual(
      refused("fenced"),
    );
    expect(await readRow(db, fixture().key("a"))).toMatchObject({ version: newer, message: { level: 2 } });
  });

  test("an old owner's create, delete and empty update are refused too", async () => {
    const db = await fixture().db();
    const version = await written(db, fixture().create("a"), fixture().scope(1n));
    await db.raiseFence(fixture().scope(2n));
    const old = fixture().scope(1n);
    expect(await writeOne(db, fixture().create("b"), old)).toEqual(refused("fenced"));
    expect(await writeOne(db, fixture().delete("a", version), old)).toEqual(refused("fenced"));
    expect(await writeOne(db, fixture().update("a", version, {}), old)).toEqual(refused("fenced"));
    expect(await db.read(items, fixture().key("b"))).toBeUndefined();
  });

  test("fences are compared as a whole, epoch first, and exactly", async () => {
    const db = await fixture().db();
    const large = 2n ** 63n - 1n;
    const order = [
      { epoch: 0n, counter: 0n },
      { epoch: 0n, counter: large },
      { epoch: 1n, counter: 0n },
      { epoch: 1n, counter: 2n ** 53n },
      { epoch: 1n, counter: 2n ** 53n + 1n },
      { epoch: 2n, counter: 1n },
      { epoch: 10n, counter: 0n },
      { epoch: large, counter: large },
    ];
    const claim = fixture().key("claim");
    for (const [index, fence] of order.entries()) {
      await db.raiseFence({ claim, fence });
      await db.raiseFence({ claim, fence });
      for (const older of order.slice(0, index)) {
        await expect(db.raiseFence({ claim, fence: older })).rejects.toMatchObject(fenced);
      }
    }
  });

  test.each([-1n, 2n ** 63n])("a fence with the part %s is refused", async (part) => {
    const db = await fixture().db();
    const claim = fixture().key("claim");
    const invalid = { code: Code.INVALID_ARGUMENT };
    await expect(db.raiseFence({ claim, fence: { epoch: 1n, counter: part } })).rejects.toMatchObject(invalid);
    expect(await writeOne(db, fixture().create("a"), { claim, fence: { epoch: part, counter: 1n } })).toMatchObject({
      status: "failed",
      error: invalid,
    });
  });

  test("a read of no field at all tells the version, and raises the fence", async () => {
    const db = await fixture().db();
    const version = await written(db, fixture().create("a", { level: 7 }), fixture().scope(1n));
    const row = await db.read(items, fixture().key("a"), { fields: [], scope: fixture().scope(2n) });
    expect(row).toEqual({ message: item({ id: fixture().key("a") }), version });
    expect(await writeOne(db, fixture().delete("a", version), fixture().scope(1n))).toEqual(refused("fenced"));
    expect(await db.read(items, fixture().key("b"), { fields: [], scope: fixture().scope(2n) })).toBeUndefined();
    await expect(db.read(items, fixture().key("a"), { fields: [], scope: fixture().scope(1n) })).rejects.toMatchObject(
      fenced,
    );
  });

  test("fences of different claims say nothing about each other", async () => {
    const db = await fixture().db();
    const first = fixture().scope(900n, { claim: "slot 1" });
    const second = fixture().scope(500n, { claim: "slot 2" });
    await db.raiseFence(first);
    await db.raiseFence(second);
    const version = await written(db, fixture().create("member"), first);
    const next = await written(db, fixture().update("member", version, { level: 2 }), second);
    await written(db, fixture().update("member", next, { level: 1 }), first);
    await written(db, fixture().create("unclaimed"));
  });

  test("claims are told apart to the letter", async () => {
    const db = await fixture().db();
    const claims = ["role/a", "role/A", "role/a ", "role/ä", "role/a\u0000", ""];
    for (const [index, claim] of claims.entries()) await db.raiseFence(fixture().scope(BigInt(index + 1), { claim }));
    for (const [index, claim] of claims.entries()) {
      await expect(db.raiseFence(fixture().scope(BigInt(index), { claim }))).rejects.toMatchObject(fenced);
    }
  });

  test("FENCED of one group leaves the others written", async () => {
    const db = await fixture().db();
    await db.raiseFence(fixture().scope(5n, { claim: "lost" }));
    const results = await db.write([
      group([fixture().create("a")], fixture().scope(1n, { claim: "mine" })),
      group([fixture().create("b"), fixture().create("c")], fixture().scope(4n, { claim: "lost" })),
      group([fixture().create("d")], fixture().scope(1n, { claim: "mine" })),
    ]);
    expect(results).toMatchObject([
      [{ status: "written" }],
      [refused("fenced"), refused("fenced")],
      [{ status: "written" }],
    ]);
    expect(await db.read(items, fixture().key("b"))).toBeUndefined();
  });

  test("a write that is refused does not raise the fence where the store is atomic", async () => {
    const db = await fixture().db();
    await written(db, fixture().create("a"), fixture().scope(1n));
    expect(await writeOne(db, fixture().create("a"), fixture().scope(7n))).toEqual(refused("exists"));
    if (db.isAtomic) await db.raiseFence(fixture().scope(2n));
    else await expect(db.raiseFence(fixture().scope(2n))).rejects.toMatchObject(fenced);
  });

  test("a read under a claim raises its fence first, and is refused when that is old", async () => {
    const db = await fixture().db();
    const key = fixture().key("a");
    const version = await written(db, fixture().create("a"), fixture().scope(1n));
    expect(await db.read(items, key, { scope: fixture().scope(2n) })).toMatchObject({ version });
    expect(await db.read(items, fixture().key("none"), { scope: fixture().scope(3n) })).toBeUndefined();
    expect(await db.read(items, key, { scope: fixture().scope(3n) })).toMatchObject({ version });
    await expect(db.read(items, key, { scope: fixture().scope(2n) })).rejects.toMatchObject(fenced);
    expect(await writeOne(db, fixture().update("a", version, { level: 1 }), fixture().scope(2n))).toEqual(
      refused("fenced"),
    );
  });

  test("a fence makes no row, and outlives those that there were", async () => {
    const db = await fixture().db();
    await db.read(items, fixture().key("a"), { scope: fixture().scope(3n) });
    expect(await db.read(items, fixture().key("a"))).toBeUndefined();
    const version = await written(db, fixture().create("a"), fixture().scope(3n));
    await written(db, fixture().delete("a", version), fixture().scope(3n));
    expect(await writeOne(db, fixture().create("a"), fixture().scope(2n))).toEqual(refused("fenced"));
  });

  test("all apps of a store share the fences", async () => {
    const db = await fixture().db();
    const other = await fixture().db();
    await db.raiseFence(fixture().scope(2n));
    expect(await writeOne(other, fixture().create("a"), fixture().scope(1n))).toEqual(refused("fenced"));
  });

  test("of owners that raise at once the newest stays", async () => {
    const db = await fixture().db();
    const other = await fixture().db();
    const counters = Array.from({ length: 20 }, (_, index) => BigInt(index + 1));
    await Promise.allSettled(
      counters.map((counter) => (counter % 2n ? db : other).raiseFence(fixture().scope(counter))),
    );
    await expect(db.raiseFence(fixture().scope(19n))).rejects.toMatchObject(fenced);
    await db.raiseFence(fixture().scope(20n));
  });

  test("the epoch rises when another lease store comes, and when asked to", async () => {
    const db = await fixture().db();
    const other = await fixture().db();
    const [etcd, memory] = [`etcd-${randomUUID()}`, `memory-${randomUUID()}`];
    const first = await db.enterEpoch(etcd);
    expect(first).toBeGreaterThanOrEqual(1n);
    expect(await other.enterEpoch(etcd)).toBe(first);
    expect(await other.enterEpoch(memory)).toBe(first + 1n);
    expect(await db.enterEpoch(memory)).toBe(first + 1n);
    expect(await db.raiseEpoch()).toBe(first + 2n);
    expect(await other.enterEpoch(memory)).toBe(first + 2n);
    expect(await db.enterEpoch(etcd)).toBe(first + 3n);
  });
}
