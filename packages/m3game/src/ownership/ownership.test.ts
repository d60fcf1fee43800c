import { beforeEach, describe, expect, test, vi } from "vitest";
import { LeaseWorld, settle, ttlMs } from "../../test/support/lease-world.ts";
import { RecordingLog } from "../../test/support/recording-log.ts";
import { parseAppId } from "../meta/app-id.ts";
import type { Clock } from "../meta/clock.ts";
import { compareFences } from "../plugin/fence.ts";
import type { Claim } from "./claim.ts";
import type { Ownership } from "./ownership.ts";

const guardMs = 1000;

let world: LeaseWorld;

beforeEach(() => {
  world = new LeaseWorld();
});

async function acquired(ownership: Ownership, id: string): Promise<Claim> {
  const result = await ownership.acquire(id);
  if (result.status !== "acquired") throw new Error(`${id} is taken by ${result.holder.app}`);
  return result.claim;
}

describe("claims", () => {
  test("one app holds an id, the others learn who; the next owner's fence is newer", async () => {
    const { ownership: one } = await world.start("1", { epoch: async () => 7n });
    const { ownership: two } = await world.start("2", { epoch: async () => 7n });
    const claim = await acquired(one, "player/1");
    expect(claim).toMatchObject({ id: "player/1", fence: { epoch: 7n } });
    expect(await two.acquire("player/1")).toMatchObject({
      status: "taken",
      holder: { app: "e.w.f.1", address: "host-1:1", incarnation: one.incarnation, counter: claim.fence.counter },
    });
    expect(await two.holder("player/1")).toMatchObject({ app: "e.w.f.1" });
    await claim.release();
    expect(claim.isHeld()).toBe(false);
    expect(await one.holder("player/1")).toBeUndefined();
    const next = await acquired(two, "player/1");
    expect(compareFences(next.fence, claim.fence)).toBeGreaterThan(0);
  });

  test("who holds an id gets the same claim again, also when asked twice at once", async () => {
    const { ownership } = await world.start("1");
    const [first, second] = await Promise.all([acquired(ownership, "a"), acquired(ownership, "a")]);
    expect(second).toBe(first);
    expect(await acquired(ownership, "a")).toBe(first);
  });

  test("ids of another env or world are others", async () => {
    const { ownership: here } = await world.start("1");
    const { ownership: there } = await world.start("1", { app: parseAppId("e.w2.f.1") });
    await acquired(here, "a");
    await acquired(there, "a");
  });

  test("a signal of the claim is aborted when it is released, also one that is asked for later", async () => {
    const { ownership } = await world.start("1");
    const claim = await acquired(ownership, "a");
    const { lost } = claim;
    expect(lost.aborted).toBe(false);
    await claim.release();
    expect(lost.aborted).toBe(true);
    expect(lost.reason).toMatchObject({ reason: "FENCED" });
    const other = await acquired(ownership, "a");
    await other.release();
    expect(other.lost.aborted).toBe(true);
  });

  test("an acquire while the release is under way gets a new claim", async () => {
    const { ownership } = await world.start("1");
    const first = await acquired(ownership, "a");
    const released = first.release();
    const second = await acquired(ownership, "a");
    await released;
    expect(second).not.toBe(first);
    expect(second.isHeld()).toBe(true);
    expect(compareFences(second.fence, first.fence)).toBeGreaterThan(0);
  });

  test("pitfall 15: the late release of an old owner leaves the new owner's claim alone", async () => {
    const { ownership: one } = await world.start("1");
    const { ownership: two } = await world.start("2");
    const old = await acquired(one, "a");
    world.faults.delay("e.w.f.1", { requestMs: 500 });
    const release = old.release();
    // Before it arrives, an operator ends the session and another app acquires.
    world.faults.expire("e.w.f.1");
    const current = await acquired(two, "a");
    await world.pass(600);
    await release;
    expect(await two.holder("a")).toMatchObject({ app: "e.w.f.2", counter: current.fence.counter });
    expect(current.isHeld()).toBe(true);
  });

  test("pitfall 16: very many claims at once go in few requests", async () => {
    const lease = await world.lease();
    const batches: number[] = [];
    const { ownership } = await world.start("1", {
      lease: {
        ...{ storeName: lease.storeName, ttlMs, guardMs: undefined, holder: (id) => lease.holder(id) },
        async openSession(request) {
          const result = await lease.openSession(request);
          if (result.status === "taken") return result;
          const { session } = result;
          const acquire = session.acquire.bind(session);
          session.acquire = (ids) => {
            batches.push(ids.length);
            return acquire(ids);
          };
          return result;
        },
        [Symbol.asyncDispose]: () => lease[Symbol.asyncDispose](),
      },
    });
    const ids = Array.from({ length: 30_000 }, (_, index) => `player/${index}`);
    const claims = await Promise.all(ids.map((id) => acquired(ownership, id)));
    expect(claims.every((claim) => claim.isHeld())).toBe(true);
    expect(batches).toHaveLength(300);
    expect(Math.max(...batches)).toBe(100);
  });
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

describe("lost answers (pitfall 12)", () => {
  test("an acquire whose answer was lost is acquired", async () => {
    const { ownership } = await world.start("1");
    world.faults.loseReply("e.w.f.1", "acquire");
    const claim = await acquired(ownership, "a");
    expect(await ownership.holder("a")).toMatchObject({ counter: claim.fence.counter });
  });

  test("an acquire whose answers are all lost rejects, and finds out the next time", async () => {
    const { ownership } = await world.start("1");
    for (let times = 0; times < 3; times++) world.faults.loseReply("e.w.f.1", "acquire");
    await expect(ownership.acquire("a")).rejects.toMatchObject({ reason: "UNKNOWN_OUTCOME" });
    const claim = await acquired(ownership, "a");
    expect(claim.isHeld()).toBe(true);
  });

  test("a transfer whose answer was lost is done", async () => {
    const { ownership: one } = await world.start("1");
    const { ownership: two } = await world.start("2");
    const claim = await acquired(one, "a");
    world.faults.loseReply("e.w.f.1", "transfer");
    await claim.transfer("e.w.f.2");
    expect(claim.isHeld()).toBe(false);
    expect((await acquired(two, "a")).isHeld()).toBe(true);
  });

  test("a release whose answer was lost is done", async () => {
    const { ownership } = await world.start("1");
    const claim = await acquired(ownership, "a");
    world.faults.loseReply("e.w.f.1", "release");
    await claim.release();
    expect(await ownership.holder("a")).toBeUndefined();
  });

  test("a release that is still on its way does not hit the claim acquired after it", async () => {
    const { ownership } = await world.start("1");
    const first = await acquired(ownership, "a");
    // Slower than the store's limit: given up here, and done there in the end.
    world.faults.delay("e.w.f.1", { requestMs: 3400 });
    const released = first.release();
    const failure = expect(released).rejects.toMatchObject({ reason: "UNKNOWN_OUTCOME" });
    await world.pass(200);
    world.faults.delay("e.w.f.1", {});
    world.faults.loseReply("e.w.f.1", "release");
    world.faults.loseReply("e.w.f.1", "release");
    await world.pass(3140);
    // The first of its three requests is not there yet; the others were, but here nobody knows.
    await failure;
    const second = await acquired(ownership, "a");
    await world.pass(1000);
    expect(second.isHeld()).toBe(true);
    expect(await ownership.holder("a")).toMatchObject({ counter: second.fence.counter });
  });

  test("opening the session: an answer that was lost is asked for again", async () => {
    world.faults.loseReply("e.w.f.1", "open");
    const starting = world.start("1");
    await world.pass(ttlMs / 2);
    const { ownership } = await starting;
    expect(ownership.state).toBe("valid");
  });
});

describe("transfer (pitfall 21)", () => {
  test("there is no gap for a third app that tries all the time", async () => {
    const { ownership: one } = await world.start("1");
    const { ownership: two } = await world.start("2");
    const { ownership: third } = await world.start("3");
    let claim = await acquired(one, "a");
    const holders = new Set<string>();
    let isOver = false;
    const trying = (async () => {
      while (!isOver) {
        const result = await third.acquire("a");
        holders.add(result.status === "acquired" ? "e.w.f.3" : result.holder.app);
      }
    })();
    const pair = [one, two];
    for (let round = 1; round <= 20; round++) {
      const target = pair[round % 2] ?? one;
      const before = claim.fence;
      await claim.transfer(`e.w.f.${(round % 2) + 1}`);
      claim = await acquired(target, "a");
      expect(compareFences(claim.fence, before)).toBeGreaterThan(0);
    }
    isOver = true;
    await trying;
    expect([...holders].sort()).toEqual(["e.w.f.1", "e.w.f.2"]);
  });

  test("to an app without a session it is refused, and the claim stays", async () => {
    const { ownership } = await world.start("1");
    const claim = await acquired(ownership, "a");
    await expect(claim.transfer("e.w.f.9")).rejects.toMatchObject({ reason: "NO_INSTANCE" });
    expect(claim.isHeld()).toBe(true);
    await claim.release();
  });

  test("from the call on the claim is not held, and only who holds one can give it away", async () => {
    const { ownership: one } = await world.start("1");
    await world.start("2");
    const claim = await acquired(one, "a");
    const moving = claim.transfer("e.w.f.2");
    expect(claim.isHeld()).toBe(false);
    await expect(claim.transfer("e.w.f.2")).rejects.toMatchObject({ reason: "FENCED" });
    await moving;
    await claim.release();
    expect(await one.holder("a")).toMatchObject({ app: "e.w.f.2" });
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
    await acquired(two, "a");
    await world.start("1");
  });

  test("a lease store that can't be reached stops the start", async () => {
    const lease = await world.lease();
    await lease[Symbol.asyncDispose]();
    await expect(world.start("1", { lease })).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });
  });
});

test("pitfall 13: of two owners the one with the newer epoch is newer, though the counters began anew", async () => {
  const { ownership: before } = await world.start("1");
  for (let count = 0; count < 5; count++) await acquired(before, `other/${count}`);
  const old = await acquired(before, "a");
  const wiped = new LeaseWorld();
  const { ownership: after } = await wiped.start("1", { epoch: async () => 2n });
  const current = await acquired(after, "a");
  expect(current.fence.counter).toBeLessThan(old.fence.counter);
  expect(compareFences(current.fence, old.fence)).toBeGreaterThan(0);
});

test("pitfall 14: a stale holder is a hint: only acquiring decides", async () => {
  const { ownership: one } = await world.start("1");
  const { ownership: two } = await world.start("2");
  const claim = await acquired(one, "a");
  world.faults.delay("", { replyMs: 1000 });
  const stale = two.holder("a");
  await settle();
  await claim.release();
  await acquired(two, "a");
  await world.pass(1000);
  expect(await stale).toMatchObject({ app: "e.w.f.1" });
  expect(await one.acquire("a")).toMatchObject({ status: "taken", holder: { app: "e.w.f.2" } });
});
