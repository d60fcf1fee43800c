import { beforeEach, describe, expect, test } from "vitest";
import { EntityWorld, type HeroHandle, TestHost } from "../../test/support/entity-world.ts";
import { RecordingLog } from "../../test/support/recording-log.ts";
import { SaveQueue, type SaveQueueOptions } from "./save-queue.ts";

const failing = (reason: string) => expect.objectContaining({ name: "M3Error", reason });

let world: EntityWorld;
let log: RecordingLog;
let queue: SaveQueue;

function start(options: Partial<SaveQueueOptions> = {}): SaveQueue {
  return new SaveQueue({ db: world.db, log: log.logger(), intervalMs: 1000, ...options });
}

beforeEach(async () => {
  world = await EntityWorld.create();
  log = new RecordingLog();
  queue = start();
});

/** Loaded heroes, one for each host, with nothing recorded of it. */
async function heroes(...hosts: readonly TestHost[]): Promise<HeroHandle[]> {
  const loaded: HeroHandle[] = [];
  for (const [index, host] of hosts.entries()) loaded.push(await world.stored(BigInt(index + 1), host));
  world.store.written.length = 0;
  return loaded;
}

const host = (name: string, counter = 1n) => new TestHost(name, counter);

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise(setImmediate);
}

const levels = async (...keys: bigint[]) => Promise.all(keys.map(async (key) => (await world.row(key))?.level));

describe("an interval", () => {
  test("takes the changed entities of all actors in one call", async () => {
    const [a, b] = [host("a"), host("b")];
    const [one, two, three] = await heroes(a, a, b);
    if (!one || !two || !three) throw new Error("no heroes");
    one.data.level = 10;
    two.data.level = 20;
    three.data.level = 30;
    await queue.schedule(one, two);
    await queue.schedule(three);
    world.clock.advance(999);
    expect(world.store.written).toEqual([]);
    expect(queue.backlog).toEqual({ entities: 3, bytes: expect.any(Number), oldestMs: 999 });
    expect(queue.backlog.bytes).toBeGreaterThan(0);
    world.clock.advance(1);
    await queue.flush();
    expect(world.store.written).toEqual([
      [
        { scope: a.claim, writes: [expect.objectContaining({ key: 1n }), expect.objectContaining({ key: 2n })] },
        { scope: b.claim, writes: [expect.objectContaining({ key: 3n })] },
      ],
    ]);
    expect(await levels(1n, 2n, 3n)).toEqual([10, 20, 30]);
    expect([one.isDirty, two.isDirty, three.isDirty]).toEqual([false, false, false]);
    expect(queue.backlog).toEqual({ entities: 0, bytes: 0, oldestMs: 0 });
  });

  test("takes the data as it was when it was scheduled last", async () => {
    const [hero] = await heroes(host("a"));
    if (!hero) throw new Error("no hero");
    hero.data.level = 10;
    await queue.schedule(hero);
    hero.data.level = 11;
    await queue.schedule(hero);
    hero.data.level = 12;
    await queue.flush();
    expect(world.store.written.length).toBe(1);
    expect([await levels(1n), hero.isDirty]).toEqual([[11], true]);
  });

  test("leaves alone what has not changed, or not any more", async () => {
    const [hero] = await heroes(host("a"));
    if (!hero) throw new Error("no hero");
    await queue.schedule(hero);
    expect(queue.backlog.entities).toBe(0);
    hero.data.level = 10;
    await queue.schedule(hero);
    hero.data.level = 1;
    await queue.schedule(hero);
    await queue.flush();
    expect(world.store.written).toEqual([]);
    expect(queue.backlog).toEqual({ entities: 0, bytes: 0, oldestMs: 0 });
  });

  test("writes nothing that a save has written meanwhile", async () => {
    const [hero] = await heroes(host("a"));
    if (!hero) throw new Error("no hero");
    hero.data.level = 10;
    await queue.schedule(hero);
    hero.data.level = 11;
    await hero.save();
    await queue.flush();
    expect([world.store.written.length, await levels(1n)]).toEqual([1, [11]]);
  });

  test("an entity that is being saved goes next", async () => {
    const [one, two] = await heroes(host("a"), host("b"));
    if (!one || !two) throw new Error("no heroes");
    one.data.level = 10;
    two.data.level = 20;
    world.store.writes.push("held");
    const saving = one.save();
    await world.store.holds();
    one.data.level = 11;
    await queue.schedule(one, two);
    world.clock.advance(1000);
    await until(() => world.store.written.length === 2);
    world.store.release();
    await saving;
    await queue.flush();
    expect(await levels(1n, 2n)).toEqual([11, 20]);
  });

  test("what is scheduled while it is written goes with the next", async () => {
    const [hero] = await heroes(host("a"));
    if (!hero) throw new Error("no hero");
    const { version } = hero;
    hero.data.level = 10;
    await queue.schedule(hero);
    world.store.writes.push("held");
    world.clock.advance(1000);
    await world.store.holds();
    hero.data.level = 11;
    await queue.schedule(hero);
    world.store.release();
    await until(() => hero.version > version && world.clock.pending === 1);
    world.clock.advance(1000);
    await until(() => queue.backlog.entities === 0);
    expect([world.store.written.length, await levels(1n), queue.backlog.bytes]).toEqual([2, [11], 0]);
  });

  test("data that is put back while it is saved is written back", async () => {
    const [hero] = await heroes(host("a"));
    if (!hero) throw new Error("no hero");
    hero.data.level = 10;
    world.store.writes.push("held");
    const saving = hero.save();
    await world.store.holds();
    hero.data.level = 1;
    await queue.schedule(hero);
    world.store.release();
    await saving;
    await queue.flush();
    expect([await levels(1n), hero.isDirty]).toEqual([[1], false]);
  });

  test("the age is that of what is not written yet", async () => {
    const a = host("a");
    const [one, two] = await heroes(a, a);
    if (!one || !two) throw new Error("no heroes");
    one.data.level = 10;
    await queue.schedule(one);
    world.store.writes.push("held");
    world.clock.advance(1000);
    await world.store.holds();
    world.clock.advance(300);
    two.data.level = 20;
    await queue.schedule(two);
    expect(queue.backlog.oldestMs).toBe(1300);
    world.store.release();
    await until(() => queue.backlog.entities === 1);
    expect(queue.backlog.oldestMs).toBe(300);
  });

  test("two calls run at a time, not more", async () => {
    queue = start({ batchSize: 1 });
    const all = await heroes(host("a"), host("b"), host("c"));
    for (const hero of all) hero.data.level = 10;
    await queue.schedule(...all);
    world.store.writes.push("held", "held", "held");
    const flushing = queue.flush();
    await until(() => world.store.written.length === 2);
    // Whatever comes up now waits too.
    const saving = queue.save(...all);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(world.store.written.length).toBe(2);
    world.store.release();
    await world.store.holds();
    world.store.release();
    await Promise.all([flushing, saving]);
    expect(await levels(1n, 2n, 3n)).toEqual([10, 10, 10]);
  });

  test("each leaves an interval after its first change, whatever came before and after", async () => {
    const [one, two] = await heroes(host("a"), host("b"));
    if (!one || !two) throw new Error("no heroes");
    one.data.level = 10;
    await queue.schedule(one);
    world.clock.advance(600);
    two.data.level = 20;
    await queue.schedule(two);
    world.clock.advance(300);
    one.data.level = 11;
    await queue.schedule(one);
    world.clock.advance(100);
    await until(() => queue.backlog.entities === 1);
    expect([await levels(1n, 2n), queue.backlog.oldestMs]).toEqual([[11, 1], 400]);
    world.clock.advance(599);
    expect(world.store.written.length).toBe(1);
    world.clock.advance(1);
    await until(() => queue.backlog.entities === 0);
    expect(await levels(1n, 2n)).toEqual([11, 20]);
  });

  test("a flush waits for nothing that comes after it", async () => {
    const [one, two] = await heroes(host("a"), host("b"));
    if (!one || !two) throw new Error("no heroes");
    one.data.level = 10;
    await queue.schedule(one);
    world.store.writes.push("held");
    const flushing = queue.flush();
    await world.store.holds();
    world.clock.advance(1);
    two.data.level = 20;
    await queue.schedule(two);
    world.store.release();
    await flushing;
    expect([await levels(1n, 2n), queue.backlog.entities]).toEqual([[10, 1], 1]);
    await queue.flush();
    expect(await levels(1n, 2n)).toEqual([10, 20]);
  });

  test("many leave in several calls", async () => {
    queue = start({ batchSize: 2 });
    const all = await heroes(...Array.from({ length: 5 }, (_, index) => host(`h${index}`)));
    for (const hero of all) hero.data.level = 10;
    await Promise.all(all.map((hero) => queue.schedule(hero)));
    world.clock.advance(1000);
    await until(() => queue.backlog.entities === 0);
    expect(world.store.written.map(({ length }) => length)).toEqual([2, 2, 1]);
    expect(world.clock.pending).toBe(0);
  });
});

describe("failures", () => {
  test("are tried again, later each time, until the store has everything", async () => {
    const [one, two] = await heroes(host("a"), host("b"));
    if (!one || !two) throw new Error("no heroes");
    one.data.level = 10;
    two.data.level = 20;
    await queue.schedule(one, two);
    world.store.writes.push("down", "down", "down");
    world.clock.advance(1000);
    await until(() => log.at("warn").length === 1);
    // From half to the whole of 100 ms, then of 200 ms.
    world.clock.advance(49);
    expect(world.store.written.length).toBe(1);
    world.clock.advance(51);
    await until(() => log.at("warn").length === 2);
    world.clock.advance(99);
    expect(world.store.written.length).toBe(2);
    world.clock.advance(101);
    await until(() => log.at("warn").length === 3);
    expect(queue.backlog).toMatchObject({ entities: 2, oldestMs: 1300 });
    world.clock.advance(400);
    await until(() => queue.backlog.entities === 0);
    expect(await levels(1n, 2n)).toEqual([10, 20]);
    expect(log.at("warn")[0]).toMatchObject({
      message: "the store did not take changed entities: trying again",
      fields: { entities: 2, error: expect.objectContaining({ message: "the store is down" }) },
    });
  });

  test("the first after a success is tried again soon", async () => {
    const [hero] = await heroes(host("a"));
    if (!hero) throw new Error("no hero");
    for (const level of [10, 20]) {
      hero.data.level = level;
      await queue.schedule(hero);
      world.store.writes.push("down");
      const { length } = log.lines;
      world.clock.advance(1000);
      await until(() => log.lines.length > length);
      world.clock.advance(100);
      await until(() => queue.backlog.entities === 0);
    }
    expect(await levels(1n)).toEqual([20]);
  });

  test("nobody asks a store in trouble before it is time", async () => {
    const [one, two] = await heroes(host("a"), host("b"));
    if (!one || !two) throw new Error("no heroes");
    one.data.level = 10;
    two.data.level = 20;
    await queue.schedule(one);
    world.store.writes.push("down");
    world.clock.advance(1000);
    await until(() => log.at("warn").length === 1);
    const saving = queue.save(two);
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    expect(world.store.written.length).toBe(1);
    world.clock.advance(100);
    await saving;
    await queue.flush();
    expect(await levels(1n, 2n)).toEqual([10, 20]);
  });

  test("where nobody can know whether it was written, the host is told", async () => {
    const a = new TestHost("a");
    const [hero] = await heroes(a);
    if (!hero) throw new Error("no hero");
    hero.data.level = 10;
    world.store.writes.push("lost");
    const saving = queue.save(hero);
    await until(() => log.at("warn").length === 1);
    world.clock.advance(100);
    await expect(saving).rejects.toThrow(failing("UNKNOWN_OUTCOME"));
    expect(a.failed).toEqual([failing("UNKNOWN_OUTCOME")]);
  });

  test("a changed key is refused, and harms no other entity of the actor", async () => {
    const a = host("a");
    const [one, two] = await heroes(a, a);
    if (!one || !two) throw new Error("no heroes");
    one.data.level = 10;
    two.data.id = 99n;
    await expect(queue.save(one, two)).rejects.toThrow(failing("ENTITY_INVALID"));
    expect([world.store.written, a.failed]).toEqual([[], [failing("ENTITY_INVALID")]]);
    two.data.id = 2n;
    await Promise.all([one.save(), two.save()]);
    expect(await levels(1n, 2n)).toEqual([10, 1]);
  });

  test.each(["lost", "late"] as const)("a lost answer is settled: %s", async (fault) => {
    const a = host("a");
    const [one, two] = await heroes(a, a);
    if (!one || !two) throw new Error("no heroes");
    one.data.level = 10;
    two.data.level = 20;
    await queue.schedule(one, two);
    world.store.writes.push(fault);
    world.clock.advance(1000);
    await until(() => log.at("warn").length === 1);
    one.data.level = 11;
    await queue.schedule(one);
    world.clock.advance(100);
    await queue.flush();
    await world.store.deliver();
    expect(await levels(1n, 2n)).toEqual([11, 20]);
    expect([one.isDirty, two.isDirty, a.failed, queue.backlog.bytes]).toEqual([false, false, [], 0]);
  });

  test("one actor's FENCED keeps nobody else from being saved", async () => {
    const [a, b] = [host("a"), host("b")];
    const [one, two] = await heroes(a, b);
    if (!one || !two) throw new Error("no heroes");
    await world.store.raiseFence({ claim: "a", fence: { epoch: 1n, counter: 2n } });
    one.data.level = 10;
    two.data.level = 20;
    await queue.schedule(one);
    await queue.schedule(two);
    await queue.flush();
    expect(await levels(1n, 2n)).toEqual([1, 20]);
    expect([a.fenced, a.failed, b.fenced]).toEqual([[failing("FENCED")], [], []]);
    await expect(queue.schedule(one)).rejects.toThrow(failing("FENCED"));
    expect(queue.backlog.entities).toBe(0);
  });

  test("entities of one actor are saved together or not at all, and the host is told", async () => {
    const [a, b] = [host("a"), host("b")];
    const [one, two, three] = await heroes(a, a, b);
    if (!one || !two || !three) throw new Error("no heroes");
    const other = await world.stored(2n);
    other.data.level = 5;
    await other.save();
    for (const hero of [one, two, three]) hero.data.level = 10;
    await queue.schedule(one, two);
    await queue.schedule(three);
    await queue.flush();
    expect(await levels(1n, 2n, 3n)).toEqual([1, 5, 10]);
    expect([a.failed, b.failed]).toEqual([[failing("CONFLICT")], []]);
    expect([one.isDirty, two.isDirty]).toEqual([true, true]);
    expect(log.at("warn")).toMatchObject([{ message: "changed entities were given up", fields: { entities: 2 } }]);
    await two.reload();
    two.data.level = 11;
    await queue.save(one, two);
    expect(await levels(1n, 2n)).toEqual([10, 11]);
  });

  test("what the store can't ever write is given up, not tried for ever", async () => {
    const a = host("a");
    const [hero] = await heroes(a);
    if (!hero) throw new Error("no hero");
    hero.data.level = 10;
    world.store.writes.push("broken");
    await expect(queue.save(hero)).rejects.toThrow("the store can't write this");
    expect(a.failed.length).toBe(1);
    expect([hero.isDirty, queue.backlog.entities]).toEqual([true, 0]);
  });

  test("a host that throws harms nobody else", async () => {
    const [a, b] = [host("a"), host("b")];
    const [one, two] = await heroes(a, b);
    if (!one || !two) throw new Error("no heroes");
    a.onSaveFailed = () => {
      throw new Error("out of order");
    };
    const other = await world.stored(1n);
    other.data.level = 5;
    await other.save();
    one.data.level = 10;
    two.data.level = 20;
    await queue.schedule(one, two);
    await queue.flush();
    expect(await levels(1n, 2n)).toEqual([5, 20]);
    expect(log.at("error")).toMatchObject([{ message: "onSaveFailed threw" }]);
    two.data.level = 21;
    await queue.save(two);
  });

  test("what is not owned any more is not written", async () => {
    const a = host("a");
    const [hero] = await heroes(a);
    if (!hero) throw new Error("no hero");
    hero.data.level = 10;
    await queue.schedule(hero);
    a.owned = false;
    await queue.flush();
    await expect(queue.schedule(hero)).rejects.toThrow(failing("NOT_OWNER"));
    expect([world.store.written, a.failed, queue.backlog.entities]).toEqual([[], [], 0]);
  });

  test("data that can't be encoded is refused, with all that was scheduled with it", async () => {
    const a = host("a");
    const [one, two] = await heroes(a, a);
    if (!one || !two) throw new Error("no heroes");
    one.data.level = 10;
    two.data.level = 1.5;
    await expect(queue.schedule(one, two)).rejects.toThrow(failing("ENTITY_INVALID"));
    await queue.flush();
    expect(world.store.written).toEqual([]);
  });

  test("no call outlasts the ownership of those in it", async () => {
    const [a, b] = [host("a"), host("b")];
    const [one, two] = await heroes(a, b);
    if (!one || !two) throw new Error("no heroes");
    b.until = 1500;
    one.data.level = 10;
    two.data.level = 20;
    await queue.schedule(one, two);
    world.store.writes.push("held");
    world.clock.advance(1000);
    await world.store.holds();
    world.clock.advance(500);
    await until(() => log.at("warn").length === 1);
    expect(log.at("warn")[0]?.fields).toMatchObject({ error: failing("DEADLINE") });
  });
});

describe("save", () => {
  test("resolves when the store has it, without waiting for the interval", async () => {
    const [one, two] = await heroes(host("a"), host("b"));
    if (!one || !two) throw new Error("no heroes");
    one.data.level = 10;
    two.data.level = 20;
    await queue.schedule(two);
    await queue.save(one);
    expect(await levels(1n, 2n)).toEqual([10, 1]);
    expect(queue.backlog.entities).toBe(1);
    await queue.save(one);
    await queue.save();
  });

  test("those that come together leave together", async () => {
    const all = await heroes(...Array.from({ length: 5 }, (_, index) => host(`h${index}`)));
    for (const hero of all) hero.data.level = 10;
    await Promise.all(all.map((hero) => queue.save(hero)));
    expect(world.store.written.map(({ length }) => length)).toEqual([5]);
  });

  test("waits for what it is behind", async () => {
    const [hero] = await heroes(host("a"));
    if (!hero) throw new Error("no hero");
    hero.data.level = 10;
    world.store.writes.push("held", "held");
    const first = queue.save(hero);
    await world.store.holds();
    hero.data.level = 11;
    let isSaved = false;
    const second = queue.save(hero).then(() => {
      isSaved = true;
    });
    world.store.release();
    await world.store.holds();
    expect(isSaved).toBe(false);
    world.store.release();
    await Promise.all([first, second]);
    expect(await levels(1n)).toEqual([11]);
  });
});

describe("when too much waits", () => {
  test("schedule waits until there is room", async () => {
    queue = start({ maxBytes: 1 });
    const [one, two] = await heroes(host("a"), host("b"));
    if (!one || !two) throw new Error("no heroes");
    one.data.level = 10;
    await queue.schedule(one);
    two.data.level = 20;
    const waiting = queue.schedule(two);
    two.data.level = 21;
    world.clock.advance(1000);
    await waiting;
    expect(queue.backlog.entities).toBe(1);
    world.clock.advance(1000);
    await until(() => queue.backlog.entities === 0);
    expect(await levels(1n, 2n)).toEqual([10, 21]);
  });

  test("schedule refuses when there is none for too long, and keeps nothing", async () => {
    queue = start({ maxBytes: 1, intervalMs: 60_000 });
    const [one, two] = await heroes(host("a"), host("b"));
    if (!one || !two) throw new Error("no heroes");
    one.data.level = 10;
    two.data.level = 20;
    await queue.schedule(one);
    const waiting = queue.schedule(two);
    world.clock.advance(5000);
    await expect(waiting).rejects.toThrow(failing("OVERLOADED"));
    expect([queue.backlog.entities, two.isDirty]).toEqual([1, true]);
  });
});

describe("disposing", () => {
  test("waits for what is under way and names what is lost", async () => {
    const [one, two] = await heroes(host("a"), host("b"));
    if (!one || !two) throw new Error("no heroes");
    one.data.level = 10;
    two.data.level = 20;
    world.store.writes.push("held");
    const first = queue.save(one);
    await world.store.holds();
    await queue.schedule(two);
    const disposing = queue[Symbol.asyncDispose]();
    await expect(queue.schedule(two)).rejects.toThrow(failing("DRAINING"));
    world.store.release();
    await Promise.all([first, disposing]);
    expect(await levels(1n, 2n)).toEqual([10, 1]);
    expect(log.at("error")).toMatchObject([{ message: "changed entities were not saved", fields: { entities: 1 } }]);
    expect(world.clock.pending).toBe(0);
    await queue[Symbol.asyncDispose]();
  });

  test("who waits behind a save that is under way is told too", async () => {
    const [one] = await heroes(host("a"));
    if (!one) throw new Error("no hero");
    one.data.level = 10;
    world.store.writes.push("held");
    const direct = one.save();
    await world.store.holds();
    one.data.level = 11;
    const behind = queue.save(one);
    await new Promise(setImmediate);
    await queue[Symbol.asyncDispose]();
    await expect(behind).rejects.toThrow(failing("DRAINING"));
    world.store.release();
    await direct;
    expect(await levels(1n)).toEqual([10]);
  });

  test("who waits is told", async () => {
    queue = start({ maxBytes: 1 });
    const [one, two] = await heroes(host("a"), host("b"));
    if (!one || !two) throw new Error("no heroes");
    one.data.level = 10;
    world.store.writes.push("down");
    const saving = queue.save(one);
    await until(() => log.at("warn").length === 1);
    two.data.level = 20;
    const scheduling = queue.schedule(two);
    await queue[Symbol.asyncDispose]();
    await expect(saving).rejects.toThrow(failing("DRAINING"));
    await expect(scheduling).rejects.toThrow(failing("DRAINING"));
  });
});
