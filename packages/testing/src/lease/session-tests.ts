import { randomUUID } from "node:crypto";
import { expect, test } from "vitest";
import { Received } from "../received.ts";
import { acquire, acquireFree, type LeaseFixture, longTtlMs } from "./fixture.ts";

export function sessionTests(fixture: LeaseFixture): void {
  const { shortTtlMs } = fixture.options;

  test("all apps see the same store, and it has a name", async () => {
    const [one, two] = [await fixture.lease(), await fixture.lease()];
    const name = await one.storeName();
    expect(name).toMatch(/^lease_[a-z]+/);
    expect(await two.storeName()).toBe(name);
    expect(await one.storeName()).toBe(name);
  });

  test("an app has one session: another incarnation learns whose, and for how long", async () => {
    const { app, incarnation, address, lease, store } = await fixture.open("1");
    expect(store.ttlMs).toBeGreaterThanOrEqual(longTtlMs);
    const other = await fixture.lease();
    const request = { app, incarnation: randomUUID(), address: "elsewhere:1", ttlMs: longTtlMs };
    const result = await other.openSession(request);
    expect(result).toMatchObject({ status: "taken", holder: { app, incarnation, address } });
    if (result.status === "taken") {
      expect(result.remainingMs).toBeGreaterThan(0);
      expect(result.remainingMs).toBeLessThanOrEqual(longTtlMs);
    }
    await store.close();
    const next = await lease.openSession(request);
    expect(next.status).toBe("open");
    if (next.status === "open") await next.session.close();
  });

  test("of many incarnations that open at once exactly one succeeds", async () => {
    const app = fixture.app("1");
    const lease = await fixture.lease();
    const results = await Promise.all(
      Array.from({ length: 8 }, () =>
        lease.openSession({ app, incarnation: randomUUID(), address: "host:1", ttlMs: longTtlMs }),
      ),
    );
    const open = results.filter((result) => result.status === "open");
    expect(open).toHaveLength(1);
    for (const { session } of open) await session.close();
  });

  test("the same incarnation opens its session again, with all that it holds", async () => {
    const first = await fixture.open("1");
    const { app, incarnation, address } = first;
    const counter = await acquireFree(first, fixture.id("a"));
    const lease = await fixture.lease();
    const again = await lease.openSession({ app, incarnation, address, ttlMs: longTtlMs });
    if (again.status !== "open") throw new Error("it is taken");
    expect(await again.session.acquire([fixture.id("a")])).toEqual([{ status: "acquired", counter }]);
    await first.store.release(fixture.id("a"), counter);
  });

  test("closing ends the session and all its claims at once; closing again is fine", async () => {
    const closed = await fixture.open("1");
    const other = await fixture.open("2");
    const counters = [await acquireFree(closed, fixture.id("a")), await acquireFree(closed, fixture.id("b"))];
    await closed.store.close();
    await closed.store.close();
    for (const [index, name] of ["a", "b"].entries()) {
      expect(await other.lease.holder(fixture.id(name))).toBeUndefined();
      expect(await acquireFree(other, fixture.id(name))).toBeGreaterThan(counters[index] ?? 0n);
    }
    expect(await acquire(closed, fixture.id("c"))).toEqual({ status: "lost" });
    expect(await (await fixture.renewer(closed.store)).renew(new AbortController().signal)).toBeLessThanOrEqual(0);
  });

  test("without renewals it ends, and its claims are free", async () => {
    const other = await fixture.open("2");
    const silent = await fixture.open("1", { ttlMs: shortTtlMs });
    const counter = await acquireFree(silent, fixture.id("a"));
    const first = await acquire(other, fixture.id("a"));
    expect(first).toMatchObject({ status: "taken", holder: { app: silent.app, counter } });
    const taken = await fixture.until(
      () => acquire(other, fixture.id("a")),
      ({ status }) => status === "acquired",
    );
    if (taken.status === "acquired") expect(taken.counter).toBeGreaterThan(counter);
    expect(await acquire(silent, fixture.id("b"))).toEqual({ status: "lost" });
    const third = await fixture.open("3");
    expect(await silent.store.transfer(fixture.id("a"), counter, third.app)).toEqual({ status: "not_held" });
    await silent.store.release(fixture.id("a"), counter);
    expect(await other.lease.holder(fixture.id("a"))).toMatchObject({ app: other.app });
    expect(await (await fixture.renewer(silent.store)).renew(new AbortController().signal)).toBeLessThanOrEqual(0);
    // Its app id is free for another incarnation.
    await fixture.open("1");
  });

  test("while it is renewed it goes on", async () => {
    const watcher = await fixture.open("3");
    const { lease } = watcher;
    const renewed = await fixture.open("1", { ttlMs: shortTtlMs });
    const renewer = await fixture.renewer(renewed.store);
    const { signal } = new AbortController();
    const counter = await acquireFree(renewed, fixture.id("a"));
    const silent = await fixture.open("2", { ttlMs: shortTtlMs, lease });
    await acquireFree(silent, fixture.id("b"));
    for (let round = 0; round < 2; round++) {
      await fixture.until(
        async () => {
          expect(await renewer.renew(signal)).toBe(renewed.store.ttlMs);
          return acquire(watcher, fixture.id(`b${round || ""}`));
        },
        ({ status }) => status === "acquired",
      );
      // The next round waits for the end of another silent session, opened now.
      const next = await fixture.open(`silent-${round}`, { ttlMs: shortTtlMs, lease });
      await acquireFree(next, fixture.id(`b${round + 1}`));
    }
    expect(await acquire(renewed, fixture.id("a"))).toEqual({ status: "acquired", counter });
  });

  test("a renewal that was aborted rejects, and the next one works", async () => {
    const { store } = await fixture.open("1");
    const renewer = await fixture.renewer(store);
    expect(await renewer.renew(new AbortController().signal)).toBe(store.ttlMs);
    const abort = new AbortController();
    const renewal = renewer.renew(abort.signal).catch(() => "aborted");
    abort.abort();
    expect(["aborted", store.ttlMs]).toContain(await renewal);
    expect(await renewer.renew(new AbortController().signal)).toBe(store.ttlMs);
  });

  test("an app is told when its session is ended in the store", async () => {
    const session = await fixture.open("1");
    const told = Promise.withResolvers<void>();
    session.store.watchLost(told.resolve);
    await acquireFree(session, fixture.id("a"));
    await fixture.options.revoke(session.app, session.lease);
    await told.promise;
    expect(await acquire(session, fixture.id("b"))).toEqual({ status: "lost" });
  });

  test("an app is not told of claims that it gave up itself", async () => {
    const session = await fixture.open("1");
    const other = await fixture.open("2");
    const told = new Received<"over">();
    session.store.watchLost(() => told.listener("over"));
    const released = await acquireFree(session, fixture.id("released"));
    const moved = await acquireFree(session, fixture.id("moved"));
    await session.store.release(fixture.id("released"), released);
    const transfer = await session.store.transfer(fixture.id("moved"), moved, other.app);
    if (transfer.status === "transferred") await other.store.release(fixture.id("moved"), transfer.counter);
    expect(told.items).toEqual([]);
    await fixture.options.revoke(session.app, session.lease);
    await told.first(1);
    expect(told.items).toEqual(["over"]);
  });

  test("a lease that was disposed takes no requests", async () => {
    const lease = await fixture.lease();
    await lease[Symbol.asyncDispose]();
    await lease[Symbol.asyncDispose]();
    await expect(lease.holder(fixture.id("a"))).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });
    const request = { app: fixture.app("1"), incarnation: randomUUID(), address: "host:1", ttlMs: longTtlMs };
    await expect(lease.openSession(request)).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });
  });
}
