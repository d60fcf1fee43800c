import { maxClaimsPerRequest } from "m3game";
import { expect, test } from "vitest";
import { acquire, acquireFree, type LeaseFixture } from "./fixture.ts";

export function claimTests(fixture: LeaseFixture): void {
  test("one session holds a claim; the others learn whose it is", async () => {
    const [one, two] = [await fixture.open("1"), await fixture.open("2")];
    const id = fixture.id("a");
    expect(await one.lease.holder(id)).toBeUndefined();
    const counter = await acquireFree(one, id);
    const { app, incarnation, address } = one;
    const holder = { app, incarnation, address, counter };
    expect(await two.lease.holder(id)).toEqual(holder);
    const taken = await acquire(two, id);
    expect(taken).toMatchObject({ status: "taken", holder });
    if (taken.status === "taken") expect(taken.remainingMs).toBeGreaterThan(0);
  });

  test("acquired again it has the counter it had", async () => {
    const session = await fixture.open("1");
    const counter = await acquireFree(session, fixture.id("a"));
    expect(await acquireFree(session, fixture.id("a"))).toBe(counter);
  });

  test("each new owner's counter is greater", async () => {
    const [one, two] = [await fixture.open("1"), await fixture.open("2")];
    let last = -1n;
    for (let round = 0; round < 6; round++) {
      const session = round % 2 === 0 ? one : two;
      const counter = await acquireFree(session, fixture.id("a"));
      expect(counter).toBeGreaterThan(last);
      last = counter;
      await session.store.release(fixture.id("a"), counter);
    }
  });

  test("of several claims in one request those that are free are acquired, in the order asked for", async () => {
    const [one, two] = [await fixture.open("1"), await fixture.open("2")];
    const ids = Array.from({ length: maxClaimsPerRequest }, (_, index) => fixture.id(`${index}`));
    const own = await acquireFree(one, fixture.id("3"));
    const foreign = await acquireFree(two, fixture.id("7"));
    const results = await one.store.acquire(ids);
    expect(results).toHaveLength(ids.length);
    for (const [index, result] of results.entries()) {
      if (index === 7) expect(result).toMatchObject({ status: "taken", holder: { app: two.app, counter: foreign } });
      else expect(result.status).toBe("acquired");
    }
    expect(results[3]).toEqual({ status: "acquired", counter: own });
    const again = await one.store.acquire(ids);
    const counters = (all: typeof results) => all.map((result) => result.status === "acquired" && result.counter);
    expect(counters(again)).toEqual(counters(results));
    expect(await two.lease.holder(fixture.id("99"))).toMatchObject({ app: one.app });
  });

  test("of many apps that acquire at once exactly one succeeds", async () => {
    const sessions = await Promise.all(["1", "2", "3", "4"].map((name) => fixture.open(name)));
    for (let round = 0; round < 10; round++) {
      const id = fixture.id(`race-${round}`);
      const results = await Promise.all(sessions.map((session) => acquire(session, id)));
      const winner = results.findIndex(({ status }) => status === "acquired");
      expect(results.filter(({ status }) => status === "acquired")).toHaveLength(1);
      expect(await sessions[0]?.lease.holder(id)).toMatchObject({ app: sessions[winner]?.app });
    }
  });

  test("ids differ by each character, and may hold any", async () => {
    const session = await fixture.open("1");
    const names = ["a", "a/", "a/b", "A", " a", "ä", "日本", "a\0", "%2F", '"', "x".repeat(500)].map((n) =>
      fixture.id(n),
    );
    const results = await session.store.acquire(names);
    expect(results.every(({ status }) => status === "acquired")).toBe(true);
    for (const name of names) expect(await session.lease.holder(name)).toMatchObject({ app: session.app });
    expect(await session.lease.holder(fixture.id("a/c"))).toBeUndefined();
  });

  test("a release frees a claim that is held with this counter, and nothing else", async () => {
    const [one, two] = [await fixture.open("1"), await fixture.open("2")];
    const id = fixture.id("a");
    const old = await acquireFree(one, id);
    await one.store.release(id, old + 1000n);
    expect(await one.lease.holder(id)).toMatchObject({ counter: old });
    await one.store.release(id, old);
    expect(await one.lease.holder(id)).toBeUndefined();
    await one.store.release(id, old);
    const current = await acquireFree(two, id);
    await one.store.release(id, old);
    expect(await one.lease.holder(id)).toMatchObject({ app: two.app, counter: current });
  });

  test("a transfer gives the claim to the other app in one step", async () => {
    const [one, two] = [await fixture.open("1"), await fixture.open("2")];
    const id = fixture.id("a");
    const old = await acquireFree(one, id);
    const moved = await one.store.transfer(id, old, two.app);
    if (moved.status !== "transferred") throw new Error(moved.status);
    expect(moved.counter).toBeGreaterThan(old);
    const { app, incarnation, address } = two;
    expect(await one.lease.holder(id)).toEqual({ app, incarnation, address, counter: moved.counter });
    expect(await acquireFree(two, id)).toBe(moved.counter);
    expect(await acquire(one, id)).toMatchObject({ status: "taken", holder: { app } });
    // It ends with its new owner, not with the old one.
    await one.store.close();
    expect(await two.lease.holder(id)).toMatchObject({ app });
    await two.store.close();
    expect(await two.lease.holder(id)).toBeUndefined();
  });

  test("a transfer that is asked for again says that it is done, as long as the target has it", async () => {
    const [one, two] = [await fixture.open("1"), await fixture.open("2")];
    const id = fixture.id("a");
    const old = await acquireFree(one, id);
    const moved = await one.store.transfer(id, old, two.app);
    expect(await one.store.transfer(id, old, two.app)).toEqual(moved);
    if (moved.status === "transferred") await two.store.release(id, moved.counter);
    expect(await one.store.transfer(id, old, two.app)).toEqual({ status: "not_held" });
  });

  test("a transfer to an app without a session changes nothing", async () => {
    const one = await fixture.open("1");
    const id = fixture.id("a");
    const counter = await acquireFree(one, id);
    expect(await one.store.transfer(id, counter, fixture.app("9"))).toEqual({ status: "no_target" });
    expect(await acquireFree(one, id)).toBe(counter);
  });

  test("what is not held can't be transferred", async () => {
    const [one, two, three] = [await fixture.open("1"), await fixture.open("2"), await fixture.open("3")];
    const id = fixture.id("a");
    expect(await one.store.transfer(id, 1n, two.app)).toEqual({ status: "not_held" });
    expect(await one.store.transfer(id, 1n, fixture.app("9"))).toEqual({ status: "not_held" });
    const old = await acquireFree(one, id);
    await one.store.release(id, old);
    const current = await acquireFree(two, id);
    expect(await one.store.transfer(id, old, three.app)).toEqual({ status: "not_held" });
    expect(await one.lease.holder(id)).toMatchObject({ app: two.app, counter: current });
  });

  test("a transfer to itself gives a new counter", async () => {
    const one = await fixture.open("1");
    const id = fixture.id("a");
    const old = await acquireFree(one, id);
    const renewed = await one.store.transfer(id, old, one.app);
    if (renewed.status !== "transferred") throw new Error(renewed.status);
    expect(renewed.counter).toBeGreaterThan(old);
    await one.store.release(id, old);
    expect(await acquireFree(one, id)).toBe(renewed.counter);
  });

  test("during transfers a third app that tries all the time never gets in", async () => {
    const [one, two, third] = [await fixture.open("1"), await fixture.open("2"), await fixture.open("3")];
    const id = fixture.id("a");
    let counter = await acquireFree(one, id);
    let isOver = false;
    const statuses = new Set<string>();
    const trying = (async () => {
      while (!isOver) statuses.add((await acquire(third, id)).status);
    })();
    for (let round = 0; round < 20; round++) {
      const [from, to] = round % 2 === 0 ? [one, two] : [two, one];
      const moved = await from.store.transfer(id, counter, to.app);
      if (moved.status !== "transferred") throw new Error(moved.status);
      counter = moved.counter;
    }
    isOver = true;
    await trying;
    expect([...statuses]).toEqual(["taken"]);
  });
}
