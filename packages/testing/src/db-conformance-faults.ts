import { Code, type Db, type DbWriteResult, M3Error } from "m3game";
import { expect, type TestAPI } from "vitest";
import { type DbFixture, items, readRow, refused, writeOne, written } from "./db-conformance-fixture.ts";

/** A db whose writes can be held, repeated and robbed of their answers, as a network does it. */
export interface FaultyDb extends Db {
  /** Loses the answers of the next writes: they are made and come back as UNKNOWN_OUTCOME. */
  loseAnswers(count: number): void;
  /** Makes the next writes twice, and answers with what became of the first. */
  repeatWrites(count: number): void;
  /** Holds the next write, and resolves once it came. It is made when it is released; its answer is lost. */
  holdWrite(): Promise<HeldWrite>;
}

/** A write that is on its way. */
export interface HeldWrite {
  /** Makes the write now, and resolves with what became of it. */
  release(): ReturnType<Db["write"]>;
}

/** Puts faults before a db. Disposing it disposes the db. */
export function createFaultyDb(db: Db): FaultyDb {
  let lost = 0;
  let repeated = 0;
  let hold: ((held: HeldWrite) => void) | undefined;

  const write: Db["write"] = async (groups, options) => {
    const unknown = () => groups.map(({ writes }) => writes.map(() => unknownOutcome()));
    if (hold !== undefined) {
      hold({ release: () => db.write(groups, options) });
      hold = undefined;
      return unknown();
    }
    const results = await db.write(groups, options);
    if (repeated > 0) {
      repeated -= 1;
      await db.write(groups, options);
    }
    if (lost === 0) return results;
    lost -= 1;
    return unknown();
  };

  return {
    isAtomic: db.isAtomic,
    prepare: (tables) => db.prepare(tables),
    read: (table, key, options) => db.read(table, key, options),
    write,
    raiseFence: (scope, options) => db.raiseFence(scope, options),
    enterEpoch: (lease) => db.enterEpoch(lease),
    raiseEpoch: () => db.raiseEpoch(),
    loseAnswers: (count) => {
      lost = count;
    },
    repeatWrites: (count) => {
      repeated = count;
    },
    holdWrite: () =>
      new Promise((resolve) => {
        hold = resolve;
      }),
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
}

function unknownOutcome(): DbWriteResult {
  return {
    status: "failed",
    error: new M3Error(Code.UNKNOWN, "the answer to this write was lost", { reason: "UNKNOWN_OUTCOME" }),
  };
}

/** What version and fence are there for: answers lost, writes that come twice, late or in another order. */
export function faultTests(test: TestAPI, fixture: () => DbFixture): void {
  async function start() {
    const db = await fixture().db();
    return { db, faulty: createFaultyDb(await fixture().db()), key: fixture().key("a") };
  }

  test("a lost answer is UNKNOWN_OUTCOME, and reading settles it", async () => {
    const { db, faulty, key } = await start();
    const version = await written(db, fixture().create("a"), fixture().scope(1n));
    faulty.loseAnswers(1);
    const update = fixture().update("a", version, { level: 1 });
    expect(await writeOne(faulty, update, fixture().scope(1n))).toMatchObject({
      status: "failed",
      error: { reason: "UNKNOWN_OUTCOME" },
    });
    expect(await readRow(db, key)).toMatchObject({ version: version + 1n, message: { level: 1 } });
    expect(await writeOne(faulty, update, fixture().scope(1n))).toEqual(refused("version"));
  });

  test("a write that comes twice is made once", async () => {
    const { db, faulty, key } = await start();
    faulty.repeatWrites(3);
    const version = await written(faulty, fixture().create("a", { level: 1 }));
    const next = await written(faulty, fixture().update("a", version, { level: 2 }));
    expect(await readRow(db, key)).toMatchObject({ version: version + 1n, message: { level: 2 } });
    await written(faulty, fixture().delete("a", next));
    expect(await db.read(items, key)).toBeUndefined();
  });

  test("a delete that comes again late spares the row that is there by then", async () => {
    const { db, faulty, key } = await start();
    const version = await written(db, fixture().create("a"));
    const holding = faulty.holdWrite();
    await writeOne(faulty, fixture().delete("a", version));
    const held = await holding;
    await written(db, fixture().delete("a", version));
    await written(db, fixture().create("a", { level: 7 }));
    expect(await held.release()).toEqual([[refused("version")]]);
    expect((await readRow(db, key)).message).toMatchObject({ level: 7 });
  });

  test("of two updates in the wrong order the later is refused", async () => {
    const { db, faulty, key } = await start();
    const version = await written(db, fixture().create("a"));
    const holding = faulty.holdWrite();
    await writeOne(faulty, fixture().update("a", version, { level: 1 }));
    const held = await holding;
    expect(await writeOne(db, fixture().update("a", version + 1n, { level: 2 }))).toEqual(refused("version"));
    expect(await held.release()).toEqual([[{ status: "written", version: version + 1n }]]);
    expect((await readRow(db, key)).message).toMatchObject({ level: 1 });
  });

  test.each(["create", "update", "delete"] as const)(
    "an old owner's %s that was on its way while a new one took over is FENCED",
    async (kind) => {
      const { db, faulty, key } = await start();
      await db.raiseFence(fixture().scope(1n));
      const version =
        kind === "create" ? 0n : await written(db, fixture().create("a", { level: 1 }), fixture().scope(1n));
      const late = {
        create: fixture().create("a", { level: 9 }),
        update: fixture().update("a", version, { level: 9 }),
        delete: fixture().delete("a", version),
      }[kind];
      const holding = faulty.holdWrite();
      await writeOne(faulty, late, fixture().scope(1n));
      const held = await holding;
      await db.raiseFence(fixture().scope(2n));
      const seen = await db.read(items, key, { scope: fixture().scope(2n) });
      expect(await held.release()).toEqual([[refused("fenced")]]);
      expect(await db.read(items, key)).toEqual(seen);
    },
  );
}
