import { beforeEach, expect, test } from "vitest";
import { LeaseWorld, settle, ttlMs } from "../../test/support/lease-world.ts";
import { reasonError } from "../meta/error.ts";
import { type HandoverRequest, Leases } from "./leases.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (moved: Uint8Array) => new TextDecoder().decode(moved);

let world: LeaseWorld;
let apps: Map<string, Leases>;
let ask: (app: string, request: HandoverRequest) => Promise<Uint8Array>;

beforeEach(() => {
  world = new LeaseWorld();
  apps = new Map();
  ask = async (app, request) => apps.get(app)?.handOver(request) ?? bytes("");
});

async function start(ins: string): Promise<Leases> {
  const { ownership } = await world.start(ins);
  const app = `e.w.f.${ins}`;
  const leases = new Leases({ ownership, app, ask: (holder, request) => ask(holder.app, request) });
  apps.set(app, leases);
  return leases;
}

async function acquired(leases: Leases, id: string, options?: Parameters<Leases["acquire"]>[1]) {
  const result = await leases.acquire(id, options);
  if (result.status !== "acquired") throw new Error(`${id} is taken by ${result.holder.app}`);
  return result.claim;
}

test("a lease is held by one app until it is released", async () => {
  const [one, two] = [await start("1"), await start("2")];
  const claim = await acquired(one, "shop");
  expect(await two.acquire("shop")).toMatchObject({ status: "taken", holder: { app: "e.w.f.1" } });
  expect(await two.holder("shop")).toMatchObject({ app: "e.w.f.1" });
  await two.release("shop");
  expect(claim.isHeld()).toBe(true);
  await one.release("shop");
  expect(claim.isHeld()).toBe(false);
  await acquired(two, "shop");
});

test("a handover brings the lease, and what its holder sends along", async () => {
  const [one, two] = [await start("1"), await start("2")];
  const seen: HandoverRequest[] = [];
  const claim = await acquired(one, "shop", {
    onHandover(request) {
      seen.push(request);
      return bytes("12 swords");
    },
  });
  const { counter } = claim.fence;
  const handed = await two.handover("shop");
  expect([text(handed.moved), handed.claim.isHeld(), claim.isHeld()]).toEqual(["12 swords", true, false]);
  expect(handed.claim.fence.counter).toBeGreaterThan(counter);
  expect(seen).toEqual([{ id: "shop", counter, targetApp: "e.w.f.2", note: "" }]);
  // And back, without a handler.
  const back = await one.handover("shop");
  expect([text(back.moved), back.claim.isHeld()]).toEqual(["", true]);
});

test("a handover of what nobody holds, or this app itself, needs nobody", async () => {
  const one = await start("1");
  ask = () => expect.unreachable("nobody is to be asked");
  const first = await one.handover("shop");
  expect((await one.handover("shop")).claim).toBe(first.claim);
});

test("a holder may refuse, and keeps it", async () => {
  const [one, two] = [await start("1"), await start("2")];
  const claim = await acquired(one, "shop", {
    onHandover: async () => {
      throw new Error("a trade is open");
    },
  });
  await expect(two.handover("shop")).rejects.toThrow("a trade is open");
  expect(claim.isHeld()).toBe(true);
  await expect(two.handover("shop")).rejects.toThrow("a trade is open");
});

test("a handover whose answer was lost brings the lease all the same", async () => {
  const [one, two] = [await start("1"), await start("2")];
  await acquired(one, "shop", { onHandover: () => bytes("lost") });
  ask = async (app, request) => {
    await apps.get(app)?.handOver(request);
    throw reasonError("UNKNOWN_OUTCOME", "the connection broke");
  };
  const handed = await two.handover("shop");
  expect([text(handed.moved), handed.claim.isHeld()]).toEqual(["", true]);
});

test("a holder that does not answer is waited out, never robbed", async () => {
  const [one, two] = [await start("1"), await start("2")];
  const claim = await acquired(one, "shop");
  ask = async () => bytes("");
  const failure = await two.handover("shop").catch((error: unknown) => error);
  expect(failure).toMatchObject({ reason: "NOT_OWNER" });
  expect(claim.isHeld()).toBe(true);
  world.faults.cutOff("e.w.f.1");
  await world.pass(ttlMs);
  expect((await two.handover("shop")).claim.isHeld()).toBe(true);
});

const answersLate = { requestMs: 0, replyMs: ttlMs * 9 };
const comesLate = { requestMs: ttlMs * 9, replyMs: 0 };

test.each([
  ["release", comesLate, (leases: Leases) => leases.release("shop")],
  ["acquire", answersLate, (leases: Leases) => leases.acquire("shop")],
] as const)("what is left with an app by a failed %s is handed over all the same", async (operation, delay, fail) => {
  const [one, two] = [await start("1"), await start("2")];
  if (operation === "release") await acquired(one, "shop");
  world.faults.delay("e.w.f.1", { ...delay, operations: [operation] });
  const failed = expect(fail(one)).rejects.toMatchObject({ reason: "UNKNOWN_OUTCOME" });
  await world.pass(ttlMs * 1.5);
  await failed;
  world.faults.delay("e.w.f.1", {});
  expect(await two.holder("shop")).toMatchObject({ app: "e.w.f.1" });
  expect((await two.handover("shop")).claim.isHeld()).toBe(true);
  await two.release("shop");
  await acquired(one, "shop");
});

test("a handover that did not reach the store is made up for when somebody asks again", async () => {
  const [one, two] = [await start("1"), await start("2")];
  await acquired(one, "shop");
  world.faults.delay("e.w.f.1", { ...comesLate, operations: ["transfer"] });
  const failed = expect(two.handover("shop")).rejects.toMatchObject({ reason: "UNKNOWN_OUTCOME" });
  await world.pass(ttlMs * 1.5);
  await failed;
  world.faults.delay("e.w.f.1", {});
  expect((await two.handover("shop")).claim.isHeld()).toBe(true);
});

test("a request that names an older holder is refused", async () => {
  const one = await start("1");
  await start("2");
  const claim = await acquired(one, "shop");
  const { counter } = claim.fence;
  const request = { id: "shop", counter: counter - 1n, targetApp: "e.w.f.2", note: "" };
  await expect(one.handOver(request)).rejects.toMatchObject({ reason: "FENCED" });
  await expect(one.handOver({ ...request, id: "other" })).rejects.toMatchObject({ reason: "FENCED" });
  expect(claim.isHeld()).toBe(true);
});

test("of two handovers at once one gets the lease", async () => {
  const [one, two, three] = [await start("1"), await start("2"), await start("3")];
  const going = Promise.withResolvers<Uint8Array>();
  await acquired(one, "shop", { onHandover: () => going.promise });
  const results = [two.handover("shop"), three.handover("shop")].map((handover) =>
    handover.then(
      () => "got it",
      (error) => error.reason,
    ),
  );
  await settle();
  going.resolve(bytes("x"));
  expect((await Promise.all(results)).sort()).toEqual(["FENCED", "got it"]);
});
