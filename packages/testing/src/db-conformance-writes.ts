import { Code, type DbWrite, type DbWriteResult } from "m3game";
import { expect, type TestAPI } from "vitest";
import {
  type DbFixture,
  group,
  item,
  itemField,
  items,
  readRow,
  refused,
  writeOne,
  written,
} from "./db-conformance-fixture.ts";

/** Single writes, their versions, and reading them back. */
export function writeTests(test: TestAPI, fixture: () => DbFixture): void {
  test("a row that nobody wrote is not there", async () => {
    const { db, key } = await start(fixture());
    expect(await db.read(items, key("none"))).toBeUndefined();
  });

  test("create, update, read, delete", async () => {
    const { db, key } = await start(fixture());
    const version = await written(db, fixture().create("a", { level: 1, name: "june" }));
    expect(await readRow(db, key("a"))).toEqual({
      version,
      message: item({ id: key("a"), run: fixture().run, level: 1, name: "june" }),
    });
    expect(await written(db, fixture().update("a", version, { level: 2 }))).toBe(version + 1n);
    expect(await readRow(db, key("a"))).toMatchObject({ version: version + 1n, message: { level: 2, name: "june" } });
    await written(db, fixture().delete("a", version + 1n));
    expect(await db.read(items, key("a"))).toBeUndefined();
  });

  test("what one app wrote another sees", async () => {
    const { db, key } = await start(fixture());
    const other = await fixture().db();
    const version = await written(db, fixture().create("a", { level: 1 }));
    expect(await readRow(other, key("a"))).toMatchObject({ version, message: { level: 1 } });
    await written(other, fixture().update("a", version, { level: 2 }));
    expect(await readRow(db, key("a"))).toMatchObject({ message: { level: 2 } });
  });

  test("the key names the row, whatever the message says", async () => {
    const { db, key } = await start(fixture());
    const target = { table: items, key: key("a") };
    const version = await written(db, { kind: "create", ...target, message: item({ id: "other" }) });
    const fields = [itemField("level")];
    await written(db, { kind: "update", ...target, message: item({ id: "other", level: 5 }), fields, version });
    expect((await readRow(db, key("a"))).message).toMatchObject({ id: key("a"), level: 5 });
  });

  test("only the fields asked for are read, and the key", async () => {
    const { db, key } = await start(fixture());
    await written(db, fixture().create("a", { level: 3, name: "june", tags: ["x"] }));
    const row = await db.read(items, key("a"), { fields: [itemField("level"), itemField("tags")] });
    expect(row?.message).toEqual(item({ id: key("a"), level: 3, tags: ["x"] }));
    expect((await db.read(items, key("a"), { fields: [] }))?.message).toEqual(item({ id: key("a") }));
  });

  test("an update of no field only raises the version", async () => {
    const { db, key } = await start(fixture());
    const version = await written(db, fixture().create("a", { level: 3 }));
    expect(await written(db, fixture().update("a", version, {}))).toBe(version + 1n);
    expect((await readRow(db, key("a"))).message).toMatchObject({ level: 3 });
  });

  test("a second create is refused", async () => {
    const { db, key } = await start(fixture());
    await written(db, fixture().create("a", { level: 1 }));
    expect(await writeOne(db, fixture().create("a", { level: 2 }))).toEqual(refused("exists"));
    expect((await readRow(db, key("a"))).message).toMatchObject({ level: 1 });
  });

  test("an update or delete of another version is refused", async () => {
    const { db, key } = await start(fixture());
    const version = await written(db, fixture().create("a", { level: 1 }));
    for (const wrong of [version - 1n, version + 1n]) {
      expect(await writeOne(db, fixture().update("a", wrong, { level: 9 }))).toEqual(refused("version"));
      expect(await writeOne(db, fixture().delete("a", wrong))).toEqual(refused("version"));
    }
    expect(await readRow(db, key("a"))).toMatchObject({ version, message: { level: 1 } });
  });

  test("an update or delete of no row is refused", async () => {
    const { db, key } = await start(fixture());
    expect(await writeOne(db, fixture().update("a", 1n, { level: 9 }))).toEqual(refused("missing"));
    expect(await writeOne(db, fixture().delete("a", 1n))).toEqual(refused("missing"));
    expect(await db.read(items, key("a"))).toBeUndefined();
  });

  test("of many updates of one version exactly one passes", async () => {
    const { db, key } = await start(fixture());
    const other = await fixture().db();
    const version = await written(db, fixture().create("a"));
    const levels = Array.from({ length: 20 }, (_, index) => index + 1);
    const results = await Promise.all(
      levels.map((level) => writeOne(level % 2 ? db : other, fixture().update("a", version, { level }))),
    );
    const winners = levels.filter((_, index) => results[index]?.status === "written");
    expect(winners).toHaveLength(1);
    expect(results.filter((result) => result.status === "refused" && result.reason === "version")).toHaveLength(19);
    expect(await readRow(db, key("a"))).toMatchObject({ version: version + 1n, message: { level: winners[0] } });
  });

  test("a row that is made again has a version that no earlier one had", async () => {
    const { db } = await start(fixture());
    const first = await written(db, fixture().create("a"));
    const second = await written(db, fixture().update("a", first, { level: 1 }));
    await written(db, fixture().delete("a", second));
    expect(await written(db, fixture().create("a"))).toBeGreaterThan(second);
    expect(await writeOne(db, fixture().update("a", first, { level: 9 }))).toEqual(refused("version"));
    expect(await writeOne(db, fixture().delete("a", second))).toEqual(refused("version"));
  });

  test("a batch has a result for each write, in its order, and none keeps another group from being written", async () => {
    const { db, key } = await start(fixture());
    await written(db, fixture().create("taken"));
    const results = await db.write([
      group([fixture().create("a")]),
      group([fixture().create("taken")]),
      group([]),
      group([fixture().update("none", 1n, { level: 1 })]),
      group([fixture().create("b"), fixture().create("c")]),
    ]);
    expect(results.map((outcomes) => outcomes.map(outcome))).toEqual([
      ["written"],
      ["exists"],
      [],
      ["missing"],
      ["written", "written"],
    ]);
    for (const name of ["a", "b", "c"]) await readRow(db, key(name));
  });

  test("a group is all or nothing where the store says so", async () => {
    const { db, key } = await start(fixture());
    const version = await written(db, fixture().create("taken", { level: 1 }));
    const [results = []] = await db.write([
      group([fixture().update("taken", version, { level: 2 }), fixture().create("a"), fixture().delete("none", 1n)]),
    ]);
    expect(results.map(outcome)).toEqual(
      db.isAtomic ? ["group", "group", "missing"] : ["written", "written", "missing"],
    );
    expect((await db.read(items, key("a"))) === undefined).toBe(db.isAtomic);
    expect((await readRow(db, key("taken"))).message).toMatchObject({ level: db.isAtomic ? 1 : 2 });
  });

  test("a large batch of many groups is written whole", async () => {
    const table = { ...items, name: "m3test_batch" };
    const db = await fixture().db([table]);
    const keys = Array.from({ length: 3000 }, (_, index) => fixture().key(`row-${index}`));
    const results = await db.write(
      keys.map((key, level) => group([{ kind: "create", table, key, message: item({ level }) }])),
    );
    expect(results).toHaveLength(3000);
    expect(new Set(results.flat().map(outcome))).toEqual(new Set(["written"]));
    expect((await readRow(db, fixture().key("row-2999"), table)).message).toMatchObject({ level: 2999 });
  });

  test("in a large batch of updates each passes or is refused by itself", async () => {
    const table = { ...items, name: "m3test_updates" };
    const db = await fixture().db([table]);
    const here = (write: DbWrite): DbWrite => ({ ...write, table });
    const names = Array.from({ length: 256 }, (_, index) => `row-${index}`);
    const scope = (claim: string) => fixture().scope(5n, { claim });
    const created = await db.write(names.map((name) => group([here(fixture().create(name))], scope(name))));
    const versions = created.map(([result]) => (result?.status === "written" ? result.version : 0n));
    await db.raiseFence(fixture().scope(9n, { claim: "row-5" }));
    await written(db, here(fixture().delete("row-60", versions[60] ?? 0n)));
    const groups = names.map((name, index) => {
      const version = (versions[index] ?? 0n) + (index === 130 ? 1n : 0n);
      const target = index === 201 ? "row-200" : name;
      const fields = { level: index, ...(index < 230 ? { name } : { note: name }) };
      return group([here(fixture().update(target, version, fields))], scope(name));
    });
    const outcomes = (await db.write(groups)).flat().map(outcome);
    const refusals = { 5: "fenced", 60: "missing", 130: "version" };
    for (const [index, reason] of Object.entries(refusals)) expect(outcomes[Number(index)]).toBe(reason);
    expect(outcomes.slice(200, 202).sort()).toEqual(["version", "written"]);
    const others = outcomes.filter((_, index) => !(index in refusals) && index !== 200 && index !== 201);
    expect(new Set(others)).toEqual(new Set(["written"]));
    for (const index of [0, 4, 61, 199, 229, 230, 255]) {
      const [name, note] = index < 230 ? [`row-${index}`, ""] : ["", `row-${index}`];
      const row = await readRow(db, fixture().key(`row-${index}`), table);
      expect(row).toMatchObject({ version: (versions[index] ?? 0n) + 1n, message: { level: index, name, note } });
    }
    for (const index of [5, 130]) {
      expect((await readRow(db, fixture().key(`row-${index}`), table)).message).toMatchObject({ level: 0 });
    }
  });

  test("a key of another type than the field's is refused", async () => {
    const { db } = await start(fixture());
    await expect(db.read(items, 5n)).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
    expect(await writeOne(db, { kind: "delete", table: items, key: 5, version: 1n })).toMatchObject({
      status: "failed",
      error: { code: Code.INVALID_ARGUMENT },
    });
  });

  test("a value that does not fit fails its group, and no other", async () => {
    const { db, key } = await start(fixture());
    const results = await db.write([
      group([fixture().create("a")]),
      group([fixture().create("b"), fixture().create("c", { level: 1.5 })]),
      group([fixture().create("d", { level: 4 })]),
    ]);
    const misfit = { status: "failed", error: { code: Code.INVALID_ARGUMENT } };
    expect(results[1]?.[1]).toMatchObject(misfit);
    if (db.isAtomic) expect(results[1]?.[0]).toMatchObject(misfit);
    expect((await db.read(items, key("b"))) === undefined).toBe(db.isAtomic);
    expect(await db.read(items, key("c"))).toBeUndefined();
    expect([results[0], results[2]]).toMatchObject([[{ status: "written" }], [{ status: "written" }]]);
    expect((await readRow(db, key("d"))).message).toMatchObject({ level: 4 });
  });

  test("a table that was not prepared is refused", async () => {
    const { db } = await start(fixture());
    const unknown = { ...items, name: `m3test_${fixture().run.replaceAll("-", "").slice(0, 20)}` };
    await expect(db.read(unknown, "a")).rejects.toMatchObject({ code: Code.FAILED_PRECONDITION });
    expect(await writeOne(db, { kind: "delete", table: unknown, key: "a", version: 1n })).toMatchObject({
      status: "failed",
      error: { code: Code.FAILED_PRECONDITION },
    });
  });

  test("a call given up before it began is not executed", async () => {
    const { db, key } = await start(fixture());
    const signal = AbortSignal.abort();
    const cancelled = { code: Code.CANCELLED };
    await expect(db.read(items, key("a"), { signal })).rejects.toMatchObject(cancelled);
    await expect(db.raiseFence(fixture().scope(9n), { signal })).rejects.toMatchObject(cancelled);
    const [[result] = []] = await db.write([group([fixture().create("a")])], { signal });
    expect(result).toMatchObject({ status: "failed", error: { ...cancelled, notExecuted: true } });
    expect(await db.read(items, key("a"))).toBeUndefined();
    await written(db, fixture().create("b"), fixture().scope(1n));
  });

  test("a disposed db refuses work, and leaves others alone", async () => {
    const { db: other, key } = await start(fixture());
    const db = await fixture().ownDb();
    const last = writeOne(db, fixture().create("last words"));
    await Promise.all([db[Symbol.asyncDispose](), db[Symbol.asyncDispose]()]);
    expect(await last).toMatchObject({ status: "written" });
    const stopped = { code: Code.UNAVAILABLE, reason: "PLUGIN_FAILED" };
    await expect(db.read(items, key("a"))).rejects.toMatchObject(stopped);
    await expect(db.raiseFence(fixture().scope(1n))).rejects.toMatchObject(stopped);
    expect(await writeOne(db, fixture().create("a"))).toMatchObject({ status: "failed", error: stopped });
    await readRow(other, key("last words"));
  });
}

async function start(fixture: DbFixture) {
  return { db: await fixture.db(), key: (name: string) => fixture.key(name) };
}

function outcome(result: DbWriteResult): string {
  return result.status === "refused" ? result.reason : result.status;
}
