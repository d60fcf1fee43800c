import { beforeEach, describe, expect, test } from "vitest";
import { acquired, LeaseWorld, settle, ttlMs } from "../../test/support/lease-world.ts";
import { parseAppId } from "../meta/app-id.ts";
import { compareFences } from "../plugin/fence.ts";

let world: LeaseWorld;

beforeEach(() => {
  world = new LeaseWorld();
});

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
        ...{ storeName: () => lease.storeName(), ttlMs, guardMs: undefined, holder: (id) => lease.holder(id) },
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
    // Slower than the store's limit: each attempt is given up here, and arrives there later.
    world.faults.delay("e.w.f.1", { requestMs: ttlMs * 1.2, operations: ["release"] });
    const failure = expect(first.release()).rejects.toMatchObject({ reason: "UNKNOWN_OUTCOME" });
    await world.pass(ttlMs * 1.1);
    await failure;
    const second = await acquired(ownership, "a");
    expect(compareFences(second.fence, first.fence)).toBeGreaterThan(0);
    await world.pass(ttlMs * 2);
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
  test("pitfall 21: there is no gap for a third app that tries all the time", async () => {
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
