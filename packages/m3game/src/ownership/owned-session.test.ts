import { beforeEach, describe, expect, test, vi } from "vitest";
import { acquired, LeaseWorld, settle, ttlMs } from "../../test/support/lease-world.ts";
import { RecordingLog } from "../../test/support/recording-log.ts";
import type { Clock } from "../meta/clock.ts";
import { compareFences } from "../plugin/fence.ts";
import type { Lease } from "../plugin/lease.ts";

const guardMs = 1000;

let world: LeaseWorld;

beforeEach(() => {
  world = new LeaseWorld();
});

describe("the session", () => {
  test("stays valid while it is renewed", async () => {
    const { ownership, states } = await world.start("1");
    await world.pass(ttlMs * 5);
    expect(ownership.state).toBe("valid");
    expect(ownership.owns()).toBe(true);
    expect(states).toEqual([]);
  });

  test("pitfall 4: cut off, it is in doubt after half its time and lost a guard before the store ends it", async () => {
    const { ownership: one, states } = await world.start("1");
    const { ownership: two } = await world.start("2");
    const claim = await acquired(one, "a");
    const { lost } = claim;
    world.faults.cutOff("e.w.f.1");
    await world.pass(ttlMs / 2);
    expect(one.state).toBe("doubt");
    expect(claim.isHeld()).toBe(true);
    await expect(one.acquire("b")).rejects.toMatchObject({ reason: "NO_SESSION", retryable: true });
    expect(await acquired(one, "a")).toBe(claim);

    await world.pass(ttlMs / 2 - guardMs);
    expect([one.state, one.owns(), claim.isHeld(), lost.aborted]).toEqual(["lost", false, false, true]);
    expect(states).toEqual(["doubt", "lost"]);
    const taken = await two.acquire("a");
    expect(taken).toMatchObject({ status: "taken", holder: { app: "e.w.f.1" } });
    if (taken.status === "taken") {
      expect(taken.retryAfterMs).toBeGreaterThanOrEqual(guardMs);
      await world.pass(taken.retryAfterMs);
    }
    const next = await acquired(two, "a");
    expect(compareFences(next.fence, claim.fence)).toBeGreaterThan(0);
  });

  test("is opened again when it was over before it was renewed, three times in all", async () => {
    const lease = await world.lease();
    let overBefore = 2;
    const slow: Lease = {
      ...{ storeName: () => lease.storeName(), ttlMs: lease.ttlMs, guardMs: lease.guardMs },
      async openSession(request) {
        const result = await lease.openSession(request);
        if (result.status === "open" && overBefore-- > 0) await result.session.close();
        return result;
      },
      holder: (id) => lease.holder(id),
      [Symbol.asyncDispose]: () => lease[Symbol.asyncDispose](),
    };
    const { ownership } = await world.start("1", { lease: slow });
    expect(ownership.state).toBe("valid");
    overBefore = 3;
    await expect(world.start("2", { lease: slow })).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });
  });

  test("comes out of doubt when a renewal gets through", async () => {
    const { ownership, states, log } = await world.start("1");
    world.faults.cutOff("e.w.f.1");
    await world.pass(ttlMs / 2);
    world.faults.restore("e.w.f.1");
    await world.pass(ttlMs / 2);
    expect(ownership.state).toBe("valid");
    expect(states).toEqual(["doubt", "valid"]);
    expect(log.at("warn").map(({ message }) => message)).toEqual([
      "can't renew the session with the lease store; trying again",
    ]);
    expect(log.at("info").map(({ message }) => message)).toEqual(["the session with the lease store is renewed again"]);
  });

  test("pitfall 1: after a pause the first question finds it lost, before anything else has run", async () => {
    let pausedMs = 0;
    const clock: Clock = {
      now: () => world.clock.now() + pausedMs,
      after: (ms, task) => world.clock.after(ms, task),
    };
    const { ownership, states } = await world.start("1", { clock });
    const claim = await acquired(ownership, "a");
    pausedMs = ttlMs;
    expect(claim.isHeld()).toBe(false);
    expect(ownership.state).toBe("lost");
    expect(ownership.deadline).toBe(Number.NEGATIVE_INFINITY);
    // What was lost stays lost, whatever the clock says.
    pausedMs = 0;
    expect(ownership.owns()).toBe(false);
    await settle();
    expect(states).toEqual(["lost"]);
    expect(claim.lost.aborted).toBe(true);
  });

  test("pitfall 6: steps of the wall clock change nothing", async () => {
    const { ownership } = await world.start("1");
    for (const step of [-3_600_000, 3_600_000]) {
      vi.setSystemTime(Date.now() + step);
      await world.pass(ttlMs * 2);
      expect(ownership.state).toBe("valid");
      vi.useRealTimers();
    }
  });

  test.each([0.95, 1.05])("pitfall 6: an app's clock that runs %d times as fast still stops in time", async (rate) => {
    const clock: Clock = {
      now: () => world.clock.now() * rate,
      after: (ms, task) => world.clock.after(ms / rate, task),
    };
    const { ownership: one } = await world.start("1", { clock });
    const { ownership: two } = await world.start("2");
    await acquired(one, "a");
    await world.pass(ttlMs * 2);
    expect(one.state).toBe("valid");
    world.faults.cutOff("e.w.f.1");
    for (;;) {
      const result = await two.acquire("a");
      if (result.status === "acquired") break;
      await world.pass(50);
    }
    expect(one.owns()).toBe(false);
  });

  test("pitfall 7: behind a clock that stands still only the fence protects: the other owner's is newer", async () => {
    let isFrozen = false;
    let frozenAt = 0;
    const clock: Clock = {
      now: () => (isFrozen ? frozenAt : world.clock.now()),
      after: (ms, task) => world.clock.after(ms, () => !isFrozen && task()),
    };
    const { ownership: one } = await world.start("1", { clock });
    const { ownership: two } = await world.start("2");
    const old = await acquired(one, "a");
    frozenAt = world.clock.now();
    isFrozen = true;
    world.faults.cutOff("e.w.f.1");
    await world.pass(ttlMs);
    const current = await acquired(two, "a");
    expect([old.isHeld(), current.isHeld()]).toEqual([true, true]);
    expect(compareFences(current.fence, old.fence)).toBeGreaterThan(0);
    isFrozen = false;
    expect(old.isHeld()).toBe(false);
  });

  test("pitfall 9: ended early in the store, it is lost at once", async () => {
    const { ownership, states } = await world.start("1");
    const claim = await acquired(ownership, "a");
    world.faults.expire("e.w.f.1");
    await settle();
    expect([claim.isHeld(), ownership.state, states]).toEqual([false, "lost", ["lost"]]);
  });

  test("pitfall 9: ended early and not told of it, it is lost with the next answer", async () => {
    const { ownership } = await world.start("1");
    world.faults.cutOff("e.w.f.1");
    world.faults.expire("e.w.f.1");
    world.faults.restore("e.w.f.1");
    expect(ownership.owns()).toBe(true);
    await expect(ownership.acquire("a")).rejects.toMatchObject({ reason: "NO_SESSION" });
    expect(ownership.owns()).toBe(false);
  });

  test("pitfall 11: an answer that comes after the session was lost is no claim", async () => {
    const { ownership } = await world.start("1");
    world.faults.delay("e.w.f.1", { replyMs: 3000 });
    const late = expect(ownership.acquire("a")).rejects.toMatchObject({ reason: "NO_SESSION" });
    await world.pass(1000);
    world.faults.expire("e.w.f.1");
    await world.pass(2100);
    await late;
  });

  test("listeners may end themselves, and what one throws harms no other", async () => {
    const { ownership, states, log } = await world.start("1");
    ownership.onState(() => {
      throw new Error("listener is broken");
    });
    const seen: string[] = [];
    const handle = ownership.onState((state) => seen.push(state));
    handle[Symbol.dispose]();
    const other: string[] = [];
    ownership.onState((state) => other.push(state));
    world.faults.expire("e.w.f.1");
    await settle();
    expect([states, seen, other]).toEqual([["lost"], [], ["lost"]]);
    expect(log.at("error")).toHaveLength(1);
  });
});

describe("incarnations", () => {
  test("pitfall 8: the next incarnation waits for the session of one that crashed, naming it", async () => {
    const lease = await world.lease();
    const request = { app: "e.w.f.1", incarnation: "crashed", address: "host-1:1", ttlMs };
    expect(await lease.openSession(request)).toMatchObject({ status: "open" });
    const log = new RecordingLog();
    let isStarted = false;
    const starting = world.start("1", { address: "host-1:2", log: log.logger() }).finally(() => {
      isStarted = true;
    });
    await world.pass(ttlMs - 100);
    expect(isStarted).toBe(false);
    expect(log.at("warn")).toMatchObject([
      {
        message: "an older incarnation of this app has a session with the lease store; waiting for its end",
        fields: { address: "host-1:1", incarnation: "crashed" },
      },
    ]);
    await world.pass(1500);
    const { ownership } = await starting;
    await acquired(ownership, "a");
  });

  test("two processes with one app id: the second one stops, saying who has it", async () => {
    const { ownership } = await world.start("1");
    const starting = world.start("1", { address: "host-1:2" }).catch((error: unknown) => error);
    await world.pass(ttlMs * 3 + 2000);
    const failure = await starting;
    expect(failure).toMatchObject({ reason: "APP_ID_TAKEN" });
    expect(String(failure)).toContain("e.w.f.1 is in use by host-1:1");
    expect(ownership.state).toBe("valid");
  });

  test("a start that waits can be aborted", async () => {
    await world.start("1");
    const abort = new AbortController();
    const starting = world.start("1", { signal: abort.signal });
    await settle();
    abort.abort();
    await expect(starting).rejects.toMatchObject({ reason: "CANCELLED" });
  });

  test("after a loss it begins anew: another incarnation, nothing held, newer fences, a fresh epoch", async () => {
    let epoch = 1n;
    const { ownership, states } = await world.start("1", { epoch: async () => epoch++ });
    const claim = await acquired(ownership, "a");
    const { incarnation } = ownership;
    await ownership.rejoin();
    expect(ownership.incarnation).toBe(incarnation);
    world.faults.expire("e.w.f.1");
    await settle();
    await Promise.all([ownership.rejoin(), ownership.rejoin()]);
    expect(ownership.incarnation).not.toBe(incarnation);
    expect([ownership.state, claim.isHeld(), states]).toEqual(["valid", false, ["lost", "valid"]]);
    const next = await acquired(ownership, "a");
    expect(next.fence.epoch).toBe(2n);
    expect(claim.isHeld()).toBe(false);
  });

  test("rejoining waits while the store can't be reached, and ends when the app stops", async () => {
    const { ownership } = await world.start("1");
    world.faults.cutOff("e.w.f.1");
    await world.pass(ttlMs);
    const rejoined = ownership.rejoin();
    await world.pass(ttlMs * 10);
    world.faults.restore("e.w.f.1");
    await world.pass(ttlMs);
    await rejoined;
    expect(ownership.state).toBe("valid");

    world.faults.cutOff("e.w.f.1");
    await world.pass(ttlMs);
    const ended = expect(ownership.rejoin()).rejects.toMatchObject({ reason: "CANCELLED" });
    await world.pass(ttlMs);
    const disposed = ownership[Symbol.asyncDispose]();
    await world.pass(ttlMs * 2);
    await Promise.all([ended, disposed]);
  });

  test("disposed, it owns nothing, and others get its claims at once", async () => {
    const { ownership: one } = await world.start("1");
    const { ownership: two } = await world.start("2");
    const claim = await acquired(one, "a");
    await one[Symbol.asyncDispose]();
    await one[Symbol.asyncDispose]();
    expect([one.state, claim.isHeld()]).toEqual(["lost", false]);
    await expect(one.rejoin()).rejects.toMatchObject({ reason: "CANCELLED" });
    await acquired(two, "a");
    await world.start("1");
  });

  test("a lease store that can't be reached stops the start", async () => {
    const lease = await world.lease();
    await lease[Symbol.asyncDispose]();
    await expect(world.start("1", { lease })).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });
  });
});
