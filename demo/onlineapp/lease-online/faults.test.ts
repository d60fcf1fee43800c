import { acquireWhenFree, ownershipStarter, Received } from "@m3game/testing";
import { createMemoryHub, defineApp, type MemoryHub, startApp } from "m3game";
import type { OwnershipState } from "m3game/internal";
import { expect, onTestFinished, test } from "vitest";
import { OnlineSer } from "../../gen/online_pb.js";
import { OnlineLink } from "../../test/online-link.ts";
import onlineApp from "../app.ts";
import { leaseOnline } from "./index.ts";

const onlineIds = ["e.w.online.1", "e.w.online.2"] as const;
const patience = { timeout: 20_000 };
const { method } = OnlineSer;

/** Two online apps, one of which leads, and what lets other apps own things by them. */
async function startOnline() {
  const hub = createMemoryHub();
  for (const id of [...onlineIds, "e.w.caller.1"]) {
    const definition = id.includes("online") ? onlineApp : defineApp({ func: "caller", servers: [] });
    const app = await startApp(definition, { id, hub });
    onTestFinished(() => app.stop());
    if (app.id.func !== "caller") continue;
    const online = app.client(OnlineSer);
    await online.onlineStore({}, { timeoutMs: 20_000 });
    return { hub, online, own: ownerStarter(app) };
  }
  throw new Error("unreachable");
}

/** Starts the ownership of an app, over a link of its own. */
function ownerStarter(app: ConstructorParameters<typeof OnlineLink>[0]) {
  return async (ins: string, config: Parameters<typeof leaseOnline.config.parse>[0] = {}) => {
    const link = new OnlineLink(app);
    const start = ownershipStarter({
      ...leaseOnline,
      create: (section, context) => leaseOnline.create(section, { ...context, call: link.call }),
    });
    const { ownership, ...rest } = await start(`e.w.role.${ins}`, leaseOnline.config.parse(config));
    onTestFinished(async () => {
      link.heal();
      await ownership[Symbol.asyncDispose]();
      await rest.lease[Symbol.asyncDispose]();
    });
    const states = new Received<OwnershipState>();
    ownership.onState(states.listener);
    return { ownership, link, states };
  };
}

/** Another leader, which knows nothing of what the first one had in memory. */
async function failOver(hub: MemoryHub, online: Awaited<ReturnType<typeof startOnline>>["online"]): Promise<void> {
  const term = async () => (await online.onlineRenew({ session: { appId: "e.w.nobody.1", incarnation: "none" } })).term;
  const before = await term();
  for (const id of onlineIds) hub.leaseFaults.expire(id);
  await expect.poll(() => term().catch(() => before), patience).toBeGreaterThan(before);
}

test("an app that is cut off has lost what it owns before the leader gives it away", async () => {
  const { own } = await startOnline();
  const [one, two] = [await own("1", { LeaseKeepLiveTime: 4, PreExitTime: 1 }), await own("2")];
  const claim = await acquireWhenFree(one.ownership, "a");
  one.link.cut();
  const next = await acquireWhenFree(two.ownership, "a");
  expect(claim.isHeld()).toBe(false);
  await one.states.until((state) => state === "lost");
  expect(next.fence.counter).toBeGreaterThan(claim.fence.counter);
});

test.each([method.onlineAcquire, method.onlineRelease, method.onlineTransfer])(
  "what $name did although its answer was lost is found out by asking again",
  async (lost) => {
    const { own } = await startOnline();
    const [one, two] = [await own("1"), await own("2")];
    if (lost === method.onlineAcquire) one.link.loseReply(lost);
    const claim = await acquireWhenFree(one.ownership, "a");
    if (lost !== method.onlineAcquire) one.link.loseReply(lost);
    if (lost === method.onlineTransfer) await claim.transfer("e.w.role.2");
    else await claim.release();
    const next = await acquireWhenFree(two.ownership, "a");
    expect(next.fence.counter).toBeGreaterThan(claim.fence.counter);
    expect(claim.isHeld()).toBe(false);
  },
);

test("a session that an operator has ended is noticed soon", async () => {
  const { online, own } = await startOnline();
  const { ownership, states } = await own("1", { LeaseKeepLiveTime: 3600 });
  const claim = await acquireWhenFree(ownership, "a");
  await online.onlineClose({ session: { appId: "e.w.role.1" } });
  await states.until((state) => state === "lost");
  await ownership.rejoin();
  const next = await acquireWhenFree(ownership, "a");
  expect(next.fence.counter).toBeGreaterThan(claim.fence.counter);
});

test("under another leader each app has what it had; what is free waits for those that have not said what they have", async () => {
  const { hub, online, own } = await startOnline();
  const [one, two] = [await own("1"), await own("2", { LeaseKeepLiveTime: 5 })];
  const [mine, other] = [await acquireWhenFree(one.ownership, "mine"), await acquireWhenFree(two.ownership, "other")];
  two.link.cut();
  await failOver(hub, online);
  const taken = await acquireWhenFree(one.ownership, "other");
  expect(other.isHeld()).toBe(false);
  expect(taken.fence.counter).toBeGreaterThan(other.fence.counter);
  expect(mine.isHeld()).toBe(true);
  expect(await one.ownership.holder("mine")).toMatchObject({ app: "e.w.role.1", counter: mine.fence.counter });
});

test.each([
  ["of which its target knows nothing yet", false],
  ["that its target uses already", true],
])(
  "a claim %s is there when the leader changes before its transfer was answered, and nobody gets in between",
  async (_what, isUsed) => {
    const { hub, online, own } = await startOnline();
    const [one, two, three] = [await own("1"), await own("2"), await own("3")];
    const claim = await acquireWhenFree(one.ownership, "a");
    const letThrough = one.link.holdReplies(method.onlineTransfer);
    const transferred = claim.transfer("e.w.role.2");
    await expect.poll(() => three.ownership.holder("a"), patience).toMatchObject({ app: "e.w.role.2" });
    const used = isUsed ? await acquireWhenFree(two.ownership, "a") : undefined;
    await failOver(hub, online);
    const holder = { app: isUsed ? "e.w.role.2" : "e.w.role.1" };
    expect(await three.ownership.acquire("a")).toMatchObject({ status: "taken", holder });
    letThrough();
    await transferred;
    const next = await acquireWhenFree(two.ownership, "a");
    expect(next.fence.counter).toBeGreaterThan(claim.fence.counter);
    if (used !== undefined) expect(next).toBe(used);
    expect(claim.isHeld()).toBe(false);
  },
);

test("an answer of the leader before, that comes when its successor knows what the app has, counts for nothing", async () => {
  const { hub, online, own } = await startOnline();
  const [one, two] = [await own("1"), await own("2")];
  const letThrough = one.link.holdReplies(method.onlineAcquire);
  const asked = one.ownership.acquire("a");
  await expect.poll(() => two.ownership.holder("a"), patience).toMatchObject({ app: "e.w.role.1" });
  await failOver(hub, online);
  // Both confirm what they have, the first one nothing.
  const claim = await acquireWhenFree(two.ownership, "a");
  letThrough();
  expect(await asked).toMatchObject({ status: "taken", holder: { app: "e.w.role.2" } });
  expect(claim.isHeld()).toBe(true);
});
