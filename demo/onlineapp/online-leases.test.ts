import { defineApp, type EntityStore, silentLogger, startCluster } from "m3game";
import { expect, onTestFinished, test } from "vitest";
import { OnlineLeases } from "./online-leases.ts";
import { OnlineRows } from "./online-rows.ts";

const refOf = (ins: string) => ({ app: `e.w.role.${ins}`, incarnation: `life-${ins}` });
const [first, second, third] = [refOf("1"), refOf("2"), refOf("3")];
const longMs = 60_000;
const patience = { timeout: 20_000 };

async function startStore(): Promise<EntityStore> {
  const cluster = await startCluster([
    { app: defineApp({ func: "x", servers: [] }), id: "e.w.x.1", config: "[[Plugin.DB.db_memory]]" },
  ]);
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  return cluster.app("e.w.x.1").entities();
}

/** A leader that leads until it is disposed. */
async function elect(store: EntityStore) {
  const over = new AbortController();
  onTestFinished(() => over.abort());
  const rows = await OnlineRows.open(store, "w");
  const leases = await OnlineLeases.start(rows, { log: silentLogger, signal: over.signal });
  return { leases, end: () => over.abort() };
}

/** What a promise has come to by now, after all that waits for nothing but its turn. */
async function stateOf(promise: Promise<unknown>) {
  let state: "waits" | "done" = "waits";
  promise.then(
    () => (state = "done"),
    () => (state = "done"),
  );
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
  return state;
}

const counterOf = async (leases: OnlineLeases, ref: typeof first, id: string) =>
  (await leases.acquire(ref, [id]))?.[0]?.counter ?? 0n;

test("the next leader gives nothing away before all have told what they hold", async () => {
  const store = await startStore();
  const one = await elect(store);
  for (const ref of [first, second]) await one.leases.open(ref, "host:1", longMs);
  const counter = await counterOf(one.leases, first, "a");
  one.end();

  const { leases } = await elect(store);
  expect(leases.term).toBeGreaterThan(one.leases.term);
  expect([first, second, third].map((ref) => leases.renew(ref))).toEqual(["unconfirmed", "unconfirmed", "over"]);
  await leases.open(third, "host:1", longMs);
  const asked = leases.acquire(third, ["a", "b"]);
  expect(await stateOf(asked)).toBe("waits");
  leases.confirm(second, leases.term, [], true);
  leases.confirm(first, leases.term, [{ id: "a", counter }], false);
  expect(await stateOf(asked)).toBe("waits");
  leases.confirm(first, leases.term, [], true);
  const [a, b] = (await asked) ?? [];
  expect(a).toMatchObject({ session: first, counter });
  expect(b).toMatchObject({ session: third });
  expect(b?.counter).toBeGreaterThan(counter);
  expect([first, second, third].map((ref) => leases.renew(ref))).toEqual(["renewed", "renewed", "renewed"]);
});

test("who does not tell in its time has lost what it held, and only then is it free", async () => {
  const store = await startStore();
  const one = await elect(store);
  await one.leases.open(first, "host:1", 300);
  const counter = await counterOf(one.leases, first, "a");
  one.end();

  const { leases } = await elect(store);
  await leases.open(second, "host:1", longMs);
  expect(await counterOf(leases, second, "a")).toBeGreaterThan(counter);
  expect(leases.renew(first)).toBe("over");
  leases.confirm(first, leases.term, [{ id: "a", counter }], true);
  expect(await leases.holder("a")).toMatchObject({ session: second });
});

test("what was released is not brought back by a confirmation that comes late, nor by one for another leader", async () => {
  const store = await startStore();
  const one = await elect(store);
  await one.leases.open(first, "host:1", longMs);
  const counter = await counterOf(one.leases, first, "a");
  one.end();

  const { leases } = await elect(store);
  expect(() => leases.confirm(first, one.leases.term, [], true)).toThrow("is over");
  const claim = { id: "a", counter };
  const released = leases.release(first, claim);
  expect(await stateOf(released)).toBe("waits");
  leases.confirm(first, leases.term, [claim], true);
  await released;
  leases.confirm(first, leases.term, [claim], true);
  expect(await leases.holder("a")).toBeUndefined();
});

test("a session that a leader has ended is unknown to the next one", async () => {
  const store = await startStore();
  const one = await elect(store);
  await one.leases.open(first, "host:1", 200);
  await counterOf(one.leases, first, "a");
  await one.leases.open(second, "host:1", longMs);
  await expect.poll(() => one.leases.holder("a"), patience).toBeUndefined();
  await expect.poll(() => one.leases.table.get(first.app), patience).toBeUndefined();
  one.end();
  const { leases } = await elect(store);
  expect([leases.renew(first), leases.renew(second)]).toEqual(["over", "unconfirmed"]);
});

test("whoever waits when a leader leads no more is told so", async () => {
  const store = await startStore();
  const one = await elect(store);
  await one.leases.open(first, "host:1", longMs);
  one.end();
  const two = await elect(store);
  await two.leases.open(second, "host:1", longMs);
  const asked = two.leases.acquire(second, ["a"]);
  two.end();
  await expect(asked).rejects.toThrow("this app leads no more");
});

test("a transfer asked for again says that it is done, also when the session that gave the claim is over by now", async () => {
  const { leases } = await elect(await startStore());
  for (const ref of [first, second]) await leases.open(ref, "host:1", longMs);
  const claim = { id: "a", counter: await counterOf(leases, first, "a") };
  const moved = await leases.transfer(first, claim, second.app);
  await leases.close(first);
  expect(await leases.transfer(first, claim, second.app)).toEqual(moved);
  await leases.close(second);
  expect(await leases.transfer(first, claim, second.app)).toBe("not_held");
});
