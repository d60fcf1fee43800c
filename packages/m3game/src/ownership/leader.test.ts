import { beforeEach, expect, test } from "vitest";
import { LeaseWorld, settle, ttlMs } from "../../test/support/lease-world.ts";
import { compareFences } from "../plugin/fence.ts";
import { type LeaderHandlers, type Leadership, leaderClaim } from "./leader.ts";
import type { Ownership } from "./ownership.ts";

let world: LeaseWorld;

beforeEach(() => {
  world = new LeaseWorld();
});

function stand(ownership: Ownership, handlers: Partial<LeaderHandlers> = {}) {
  const events: string[] = [];
  const elected: Leadership[] = [];
  const candidate = ownership.leader("uid", {
    onElected(leadership) {
      events.push("elected");
      elected.push(leadership);
      return handlers.onElected?.(leadership);
    },
    onRevoked() {
      events.push("revoked");
      return handlers.onRevoked?.();
    },
  });
  return { candidate, events, elected };
}

test("of several candidates one is elected, and all can find out which", async () => {
  const { ownership: one } = await world.start("1");
  const { ownership: two } = await world.start("2");
  const first = stand(one);
  await settle();
  const second = stand(two);
  await world.pass(ttlMs);
  expect([first.events, second.events]).toEqual([["elected"], []]);
  expect([first.candidate.isLeader(), second.candidate.isLeader()]).toEqual([true, false]);
  expect(await two.holder(leaderClaim("uid"))).toMatchObject({ app: "e.w.f.1" });
});

test("a leader that resigns finishes first; then another one leads, with a newer fence", async () => {
  const { ownership: one } = await world.start("1");
  const { ownership: two } = await world.start("2");
  const finished = Promise.withResolvers<void>();
  const first = stand(one, { onRevoked: () => finished.promise });
  await settle();
  const second = stand(two);
  const resigned = first.candidate[Symbol.asyncDispose]();
  await world.pass(ttlMs / 2);
  expect(first.elected[0]?.signal.aborted).toBe(true);
  expect([first.events, second.events]).toEqual([["elected", "revoked"], []]);
  finished.resolve();
  await resigned;
  await world.pass(ttlMs / 5);
  expect([first.candidate.isLeader(), second.events]).toEqual([false, ["elected"]]);
  const [before, after] = [first.elected[0]?.fence, second.elected[0]?.fence];
  if (before === undefined || after === undefined) throw new Error("nobody was elected");
  expect(compareFences(after, before)).toBeGreaterThan(0);
});

test("pitfall 22: a leader that is cut off is revoked before another is elected, and stands again after a rejoin", async () => {
  const { ownership: one } = await world.start("1");
  const { ownership: two } = await world.start("2");
  const first = stand(one);
  await settle();
  const second = stand(two, { onElected: () => expect(one.owns()).toBe(false) });
  world.faults.cutOff("e.w.f.1");
  await world.pass(ttlMs * 1.5);
  expect(first.events).toEqual(["elected", "revoked"]);
  expect(first.elected[0]?.signal.aborted).toBe(true);
  expect(second.candidate.isLeader()).toBe(true);

  world.faults.restore("e.w.f.1");
  const rejoined = one.rejoin();
  await world.pass(ttlMs);
  await rejoined;
  await second.candidate[Symbol.asyncDispose]();
  await world.pass(ttlMs / 5);
  expect(first.events).toEqual(["elected", "revoked", "elected"]);
});

test("a leader whose handler fails gives up, is logged, and stands again", async () => {
  const { ownership, log } = await world.start("1");
  let attempts = 0;
  const { events } = stand(ownership, {
    async onElected() {
      attempts += 1;
      if (attempts === 1) throw new Error("handler is broken");
    },
  });
  await world.pass(ttlMs / 5);
  expect(events).toEqual(["elected", "revoked", "elected"]);
  expect(log.at("error")).toMatchObject([{ fields: { leader: "uid", what: "onElected" } }]);
});

test("what owned it resigns when it is disposed", async () => {
  const { ownership: one } = await world.start("1");
  const { events } = stand(one);
  await settle();
  await one[Symbol.asyncDispose]();
  expect(events).toEqual(["elected", "revoked"]);
  const { ownership: two } = await world.start("2");
  const second = stand(two);
  await settle();
  expect(second.events).toEqual(["elected"]);
});

test("pitfall 22: a leader whose fence the store of the data refuses leads no more, and stands again", async () => {
  const { ownership } = await world.start("1");
  const { events, elected, candidate } = stand(ownership);
  await settle();
  elected[0]?.claim.refused();
  expect([candidate.isLeader(), elected[0]?.signal.aborted]).toEqual([false, true]);
  await world.pass(ttlMs / 5);
  expect(events).toEqual(["elected", "revoked", "elected"]);
});
