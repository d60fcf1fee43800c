import { randomUUID } from "node:crypto";
import { create, type DescField, type Message } from "@bufbuild/protobuf";
import type { Db, DbGroup, DbKey, DbRow, DbScope, DbTable, DbWrite, DbWriteResult, Fence, PluginContext } from "m3game";
import { compileMessages, fieldOf } from "./db-conformance-schema.ts";
import { createPluginContext } from "./plugin-context.ts";

export type CreateDb = (context: PluginContext) => Db | Promise<Db>;

const itemSchema = compileMessages({
  Item: {
    id: [1, "string"],
    run: [2, "string"],
    level: [3, "int32"],
    power: [4, "uint64"],
    name: [5, "string"],
    tags: { number: 6, type: "string", label: "repeated" },
    score: { number: 7, type: "double", label: "optional" },
    note: [8, "string"],
  },
})("Item");

/** A table of simple rows. The suite's tables are shared by all its tests: each uses keys and claims of its own. */
export const items: DbTable = {
  name: "m3test_items",
  schema: itemSchema,
  key: fieldOf(itemSchema, "id"),
  indexed: ["run", "level", "power", "name", "score"].map((name) => fieldOf(itemSchema, name)),
};

/** A field of `items`. */
export const itemField = (name: string): DescField => fieldOf(itemSchema, name);

export const item = (fields: Record<string, unknown>): Message => create(itemSchema, fields);

/** The dbs of the store under test: made when they are needed first, and shared by the tests of a suite. */
export class DbPool implements AsyncDisposable {
  readonly #create: CreateDb;
  readonly #dbs: Promise<Db>[] = [];
  readonly #cleanup = new AsyncDisposableStack();

  constructor(create: CreateDb) {
    this.#create = create;
  }

  get(index: number): Promise<Db> {
    this.#dbs[index] ??= this.open();
    return this.#dbs[index];
  }

  /** One that no other test has. */
  async open(): Promise<Db> {
    return this.#cleanup.use(await this.#create(createPluginContext("test.world1.club.1")));
  }

  [Symbol.asyncDispose](): PromiseLike<void> {
    return this.#cleanup.disposeAsync();
  }
}

/** What one test works with. */
export class DbFixture {
  /** Makes keys and claims differ from those of other tests. */
  readonly run = randomUUID();
  readonly #pool: DbPool;
  #used = 0;

  constructor(pool: DbPool) {
    this.#pool = pool;
  }

  /** Another db with each call, with the tables prepared. */
  async db(tables: readonly DbTable[] = [items]): Promise<Db> {
    const db = await this.#pool.get(this.#used++);
    await db.prepare(tables);
    return db;
  }

  /** A db that the test may dispose. */
  async ownDb(): Promise<Db> {
    const db = await this.#pool.open();
    await db.prepare([items]);
    return db;
  }

  key(name: string): string {
    return `${this.run}/${name}`;
  }

  scope(counter: bigint, { claim = "claim", epoch = 1n } = {}): DbScope {
    return { claim: this.key(claim), fence: { epoch, counter } };
  }

  create(name: string, fields: Record<string, unknown> = {}): DbWrite {
    return { kind: "create", table: items, key: this.key(name), message: item({ run: this.run, ...fields }) };
  }

  update(name: string, version: bigint, fields: Record<string, unknown>): DbWrite {
    return {
      kind: "update",
      table: items,
      key: this.key(name),
      message: item(fields),
      fields: Object.keys(fields).map(itemField),
      version,
    };
  }

  delete(name: string, version: bigint): DbWrite {
    return { kind: "delete", table: items, key: this.key(name), version };
  }
}

/** Makes one write and returns what became of it. */
export async function writeOne(db: Db, write: DbWrite, scope?: DbScope): Promise<DbWriteResult> {
  const [[result] = []] = await db.write([group([write], scope)]);
  if (result === undefined) throw new Error("the write has no result");
  return result;
}

/** Makes one write that has to succeed, and returns the row's version. */
export async function written(db: Db, write: DbWrite, scope?: DbScope): Promise<bigint> {
  const result = await writeOne(db, write, scope);
  if (result.status !== "written") throw new Error(`the write was not done: ${JSON.stringify(result)}`);
  return result.version;
}

/** A row that has to be there. */
export async function readRow(db: Db, key: DbKey, table: DbTable = items): Promise<DbRow> {
  const row = await db.read(table, key);
  if (row === undefined) throw new Error(`there is no row ${String(key)}`);
  return row;
}

export function group(writes: readonly DbWrite[], scope?: DbScope): DbGroup {
  return scope === undefined ? { writes } : { writes, scope };
}

export const refused = (reason: string) => ({ status: "refused", reason });
export const fence = (counter: bigint, epoch = 1n): Fence => ({ epoch, counter });
