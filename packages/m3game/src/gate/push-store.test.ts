import { isMessage } from "@bufbuild/protobuf";
import { expect, onTestFinished, test, vi } from "vitest";
import { GatePushesDBSchema } from "../../gen/m3/gate_pushes_pb.js";
import { acquired, LeaseWorld, settle } from "../../test/support/lease-world.ts";
import { RecordingLog } from "../../test/support/recording-log.ts";
import { ScriptedDb } from "../../test/support/scripted-db.ts";
import { createMemoryHub } from "../plugin/memory/memory-hub.ts";
import { PushQueue } from "./push-queue.ts";
import { type PushRow, pushTable } from "./push-row.ts";
import { PushStore } from "./push-store.ts";

const limits = { MaxKeptBytes: 1024 * 1024, DropBytes: 1024 };

/** Gates that share a lease store and a data store, and sessions without their clients. */
class StoreWorld {
  readonly #leases = new LeaseWorld();
  readonly #hub = createMemoryHub();
  readonly log = new RecordingLog();

  async gate(ins: string) {
    const { ownership } = await this.#leases.start(ins);
    const db = await ScriptedDb.create(this.#hub);
    const { clock } = this.#leases;
    const store = await PushStore.start({ db, clock, log: this.log.logger(), observer: undefined });
    onTestFinished(() => store[Symbol.asyncDispose]());
    const claimOf = (id: string) => acquired(ownership, `lease/player/${id}`);
    const session = async (id: string, sessionId = `s-${id}`) => {
      const claim = await claimOf(id);
      const pushes = new PushQueue(limits, false);
      const row: PushRow = store.row({ id, sessionId, claim, pushes });
      const push = (text: string) => {
        const bytes = new TextEncoder().encode(text);
        pushes.add({ plain: bytes, legacy: bytes, delivery: "reliable", latestKey: "" }, undefined);
        row.changed();
      };
      const acknowledge = (number: number) => {
        if (pushes.acknowledge(number)) row.acknowledged();
      };
      return { claim, row, push, acknowledge };
    };
    return { db, store, session, claimOf };
  }

  pass(ms: number): Promise<void> {
    return this.#leases.pass(ms);
  }

  /** What the player's row holds: session, highest number, and the numbers of those that are kept. */
  async stored(id: string) {
    const db = await ScriptedDb.create(this.#hub);
    const message = (await db.read(pushTable, id))?.message;
    if (message === undefined || !isMessage(message, GatePushesDBSchema)) return undefined;
    const { sessionId, lastPush, pushes } = message.pushes ?? { sessionId: "", lastPush: 0, pushes: [] };
    return [sessionId, lastPush, pushes.map(({ number }) => number)];
  }

  warnings(): readonly string[] {
    return this.log.at("warn").map(({ message }) => message);
  }
}

test("what is pushed within one interval is one write, for all sessions together", async () => {
  const world = new StoreWorld();
  const gate = await world.gate("1");
  const [june, mike] = [await gate.session("june"), await gate.session("mike")];
  for (const text of ["one", "two", "three"]) june.push(text);
  mike.push("hello");
  const saved = june.row.saved();
  expect(saved).toBeDefined();
  expect(gate.db.written).toHaveLength(0);
  await world.pass(50);
  await saved;
  expect(gate.db.written.map((groups) => groups.length)).toEqual([2]);
  expect(await world.stored("june")).toEqual(["s-june", 3, [1, 2, 3]]);
  expect(await world.stored("mike")).toEqual(["s-mike", 1, [1]]);
  expect(june.row.saved()).toBeUndefined();
});

test("a push that comes while the store writes is stored with the next write, and waited for", async () => {
  const world = new StoreWorld();
  const gate = await world.gate("1");
  const june = await gate.session("june");
  gate.db.writes.push("held");
  june.push("one");
  const first = june.row.saved();
  await Promise.all([gate.db.holds(), world.pass(50)]);
  june.push("two");
  const second = june.row.saved();
  expect(second).not.toBe(first);
  gate.db.release();
  await first;
  expect(await world.stored("june")).toEqual(["s-june", 1, [1]]);
  await world.pass(50);
  await second;
  expect(await world.stored("june")).toEqual(["s-june", 2, [1, 2]]);
});

test("what clients have acknowledged goes in one write a second", async () => {
  const world = new StoreWorld();
  const gate = await world.gate("1");
  const [june, mike] = [await gate.session("june"), await gate.session("mike")];
  for (const text of ["one", "two"]) june.push(text);
  mike.push("hello");
  await world.pass(50);
  june.acknowledge(1);
  june.acknowledge(2);
  mike.acknowledge(1);
  await world.pass(900);
  expect(gate.db.written).toHaveLength(1);
  await world.pass(200);
  expect(gate.db.written.map((groups) => groups.length)).toEqual([2, 2]);
  expect(await world.stored("june")).toEqual(["s-june", 2, []]);
});

test("a session that is over leaves nothing, also when its claim is given up by then and the next one has begun", async () => {
  const world = new StoreWorld();
  const gate = await world.gate("1");
  const [june, mike] = [await gate.session("june"), await gate.session("mike")];
  june.push("one");
  mike.push("one");
  await world.pass(50);
  june.row.remove();
  mike.row.remove();
  await mike.claim.release();
  const next = await gate.session("june", "next");
  next.push("two");
  await world.pass(2000);
  expect(await world.stored("mike")).toBeUndefined();
  expect(await world.stored("june")).toEqual(["next", 1, [1]]);
  expect(world.warnings()).toEqual([]);
});

test.each(["down", "lost", "late"] as const)("a row is removed also when the store was %s at first", async (fault) => {
  const world = new StoreWorld();
  const gate = await world.gate("1");
  const june = await gate.session("june");
  june.push("one");
  await world.pass(50);
  gate.db.writes.push(fault);
  june.row.remove();
  await june.claim.release();
  await world.pass(2000);
  expect(await world.stored("june")).toBeUndefined();
  expect(gate.db.written).toHaveLength(3);
});

test("the next gate reads what is stored of the session and goes on with its row; what the old one still writes is refused", async () => {
  const world = new StoreWorld();
  const [old, next] = [await world.gate("1"), await world.gate("2")];
  const before = await old.session("june");
  before.push("one");
  before.push("two");
  await world.pass(50);
  old.db.writes.push("late");
  before.push("three");
  await world.pass(50);
  await before.claim.release();
  const claim = await next.claimOf("june");
  expect(await next.store.read("june", "another", claim)).toBeUndefined();
  const stored = await next.store.read("june", "s-june", claim);
  expect(stored).toMatchObject({ lastPush: 2, pushes: [{ number: 1 }, { number: 2 }] });
  await old.db.deliver();
  expect(await world.stored("june")).toEqual(["s-june", 2, [1, 2]]);
  const pushes = new PushQueue(limits, false);
  pushes.restore(stored?.lastPush ?? 0, stored?.pushes ?? [], {});
  const row = next.store.row({ id: "june", sessionId: "s-june", claim, pushes }, stored?.version);
  pushes.acknowledge(1);
  row.changed();
  await world.pass(50);
  expect(await world.stored("june")).toEqual(["s-june", 2, [2]]);
  expect(next.db.readCount).toBe(2);
});

test("a row that a gate has left behind is replaced by the next session's", async () => {
  const world = new StoreWorld();
  const [old, next] = [await world.gate("1"), await world.gate("2")];
  const before = await old.session("june");
  before.push("one");
  await world.pass(50);
  before.row.leave();
  await before.claim.release();
  const june = await next.session("june", "next");
  june.push("hello");
  await world.pass(200);
  expect(await world.stored("june")).toEqual(["next", 1, [1]]);
});

test("a gate whose fence the store refuses loses the player", async () => {
  const world = new StoreWorld();
  const [old, next] = [await world.gate("1"), await world.gate("2")];
  const before = await old.session("june");
  await before.claim.release();
  const { fence, id } = await next.claimOf("june");
  await next.db.raiseFence({ claim: id, fence });
  // As on a machine that slept meanwhile.
  vi.spyOn(before.claim, "isHeld").mockReturnValue(true);
  vi.spyOn(before.claim, "deadline", "get").mockReturnValue(Number.POSITIVE_INFINITY);
  const refused = vi.spyOn(before.claim, "refused");
  before.push("one");
  await world.pass(50);
  expect(refused).toHaveBeenCalledOnce();
  expect(await world.stored("june")).toBeUndefined();
});

test("while the store fails nobody waits for it, the log says so once, and then all is stored", async () => {
  const world = new StoreWorld();
  const gate = await world.gate("1");
  const june = await gate.session("june");
  gate.db.writes.push("down", "lost", "down");
  june.push("one");
  const saved = june.row.saved();
  await world.pass(50);
  await saved;
  june.push("two");
  expect(june.row.saved()).toBeUndefined();
  expect(await world.stored("june")).toBeUndefined();
  await world.pass(5000);
  expect(world.warnings()).toEqual([expect.stringContaining("pushes are not stored")]);
  expect(world.log.at("info").map(({ message }) => message)).toEqual(["pushes are stored again"]);
  expect(await world.stored("june")).toEqual(["s-june", 2, [1, 2]]);
  june.push("three");
  expect(june.row.saved()).toBeDefined();
});

test("pushes that can't be read are taken for lost, and the log says so", async () => {
  const world = new StoreWorld();
  const gate = await world.gate("1");
  gate.db.reads.push("down");
  expect(await gate.store.read("june", "s-june", await gate.claimOf("june"))).toBeUndefined();
  expect(world.warnings()).toEqual([expect.stringContaining("could not be read")]);
});

test("a gate that stops stores what is due first", async () => {
  const world = new StoreWorld();
  const gate = await world.gate("1");
  const june = await gate.session("june");
  june.push("one");
  await gate.store[Symbol.asyncDispose]();
  expect(await world.stored("june")).toEqual(["s-june", 1, [1]]);
  june.push("two");
  await world.pass(100);
  await settle();
  expect(gate.db.written).toHaveLength(1);
});
