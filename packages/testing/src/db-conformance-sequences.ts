import fc from "fast-check";
import {
  type Db,
  type DbGroup,
  type DbRow,
  type DbScope,
  type DbTable,
  type DbWrite,
  type DbWriteResult,
  isM3Error,
} from "m3game";
import { expect, type TestAPI } from "vitest";
import { type DbFixture, group, item, itemField, items } from "./db-conformance-fixture.ts";
import { type ModelGroup, type ModelRow, type ModelWrite, StoreModel } from "./db-conformance-model.ts";
import {
  type PlannedGroup,
  type PlannedQuery,
  type PlannedScope,
  type PlannedWrite,
  rowNames,
  type Step,
  steps,
} from "./db-conformance-plan.ts";
import { asQueryable, readPages } from "./db-conformance-queries.ts";

/** One of its own: some servers look at all rows of a table for each of these many writes. */
const table: DbTable = { ...items, name: "m3test_runs" };

/** Generated runs of writes, reads, takeovers and late or repeated writes, against a model of what a store has to do. */
export function sequenceTests(
  test: TestAPI,
  fixture: () => DbFixture,
  options: { readonly readMany: boolean; readonly runs: number },
): void {
  test("generated runs end as the model says", { timeout: 120_000 }, async () => {
    const dbs = [await fixture().db([table]), await fixture().db([table])];
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(steps(options.readMany), async (plan) => {
        runs += 1;
        const run = new Run(dbs, `${fixture().run}/${runs}`);
        for (const step of plan) await run.step(step);
        await run.compareAll();
      }),
      { numRuns: options.runs },
    );
  });
}

class Run {
  readonly #dbs: readonly Db[];
  readonly #prefix: string;
  #model: StoreModel;
  readonly #onTheirWay: ModelGroup[] = [];

  constructor(dbs: readonly Db[], prefix: string) {
    this.#dbs = dbs;
    this.#prefix = prefix;
    this.#model = new StoreModel(this.#db().isAtomic);
  }

  async step(step: Step): Promise<void> {
    switch (step.kind) {
      case "write":
        return this.#write(
          step.groups.map((planned) => this.#resolve(planned)),
          step.apart,
        );
      case "send":
        this.#onTheirWay.push(this.#resolve(step.group));
        return;
      case "deliver": {
        const index = step.which % Math.max(this.#onTheirWay.length, 1);
        const sent = this.#onTheirWay[index];
        if (sent === undefined) return;
        if (!step.again) this.#onTheirWay.splice(index, 1);
        return this.#write([sent], false);
      }
      case "raise":
        return this.#raise(step.scope);
      case "read":
        return this.#read(step.name, step.scope);
      case "readFields": {
        const row = await this.#db().read(table, this.#key(step.name), { fields: step.fields.map(itemField) });
        const known = this.#model.rows.get(step.name);
        const values = Object.fromEntries(step.fields.map((field) => [field, known?.values[field]]));
        expect(row).toEqual(
          known && { version: known.version, message: item({ id: this.#key(step.name), ...values }) },
        );
        return;
      }
      case "query":
        return this.#query(step.query);
    }
  }

  async compareAll(): Promise<void> {
    for (const name of rowNames) await this.#read(name, undefined);
  }

  /** They have to have happened one after another, in some order. */
  async #write(groups: readonly ModelGroup[], apart: boolean): Promise<void> {
    const calls = apart ? groups.map((each) => [each]) : [groups];
    const answers = await Promise.all(
      calls.map((call, index) => this.#db(index).write(call.map((each) => this.#toGroup(each)))),
    );
    const results = answers.flat();
    const model = explain(this.#model, unitsOf(groups, results, this.#model.isAtomic));
    if (model !== undefined) {
      this.#model = model;
      return;
    }
    expect.fail(`no order of the groups explains ${describe(groups, results)}`);
  }

  async #raise(planned: PlannedScope): Promise<void> {
    const scope = this.#scope(planned);
    const failure = await failureOf(this.#db().raiseFence(scope));
    expect(failure).toBe(this.#model.raise(scope) ? undefined : "FENCED");
  }

  async #read(name: string, planned: PlannedScope | undefined): Promise<void> {
    const scope = planned && this.#scope(planned);
    const reading = this.#db().read(table, this.#key(name), scope ? { scope } : {});
    if (scope !== undefined && !this.#model.raise(scope)) expect(await failureOf(reading)).toBe("FENCED");
    else expect(await reading).toEqual(this.#toRow(name));
  }

  async #query({ from, to, names, orderBy, descending, limit }: PlannedQuery): Promise<void> {
    const filters = [
      { field: itemField("run"), equal: this.#prefix },
      ...(names ? [{ field: itemField("name"), in: names }] : []),
      { field: itemField("level"), ...(from !== undefined && { from }), ...(to !== undefined && { to }) },
    ];
    const order = { field: itemField(orderBy), descending };
    const pages = await readPages(asQueryable(this.#db()), { filters, orderBy: order, limit }, table);
    const found = [...this.#model.rows]
      .filter(([, { values }]) => names === undefined || names.includes(values.name))
      .filter(([, { values }]) => (from ?? values.level) <= values.level && (to === undefined || values.level < to))
      .sort((a, b) => (descending ? -1 : 1) * compareRows(orderBy, a, b));
    expect(pages.flatMap(({ rows }) => rows)).toEqual(found.map(([name]) => this.#toRow(name)));
  }

  #db(index = 0): Db {
    const db = this.#dbs[index % this.#dbs.length];
    if (db === undefined) throw new Error("a run needs a db");
    return db;
  }

  #key(name: string): string {
    return `${this.#prefix}/${name}`;
  }

  #scope({ claim, epoch, counter }: PlannedScope): DbScope {
    return { claim: this.#key(claim), fence: { epoch, counter } };
  }

  #resolve({ scope, writes }: PlannedGroup): ModelGroup {
    return { scope: scope && this.#scope(scope), writes: writes.map((write) => this.#resolveWrite(write)) };
  }

  #resolveWrite({ kind, name, values, fields, versionOffset }: PlannedWrite): ModelWrite {
    const version = (this.#model.rows.get(name)?.version ?? 1n) + versionOffset;
    if (kind === "create") return { kind, name, values };
    return kind === "update" ? { kind, name, values, fields, version } : { kind, name, version };
  }

  #toGroup({ scope, writes }: ModelGroup): DbGroup {
    return group(
      writes.map((write) => this.#toWrite(write)),
      scope,
    );
  }

  #toWrite(write: ModelWrite): DbWrite {
    const target = { table, key: this.#key(write.name) };
    const { kind } = write;
    if (kind === "delete") return { kind, ...target, version: write.version };
    if (kind === "create") return { kind, ...target, message: item({ run: this.#prefix, ...write.values }) };
    const fields = write.fields.map(itemField);
    return { kind, ...target, message: item({ ...write.values }), fields, version: write.version };
  }

  #toRow(name: string): DbRow | undefined {
    const row = this.#model.rows.get(name);
    return row && { version: row.version, message: item({ id: this.#key(name), run: this.#prefix, ...row.values }) };
  }
}

async function failureOf(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    return isM3Error(error) ? error.reason : String(error);
  }
}

function compareRows(
  field: PlannedQuery["orderBy"],
  [nameA, { values: a }]: readonly [string, ModelRow],
  [nameB, { values: b }]: readonly [string, ModelRow],
): number {
  if (field === "name") return Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)) || (nameA < nameB ? -1 : 1);
  if (a[field] === b[field]) return nameA < nameB ? -1 : 1;
  return a[field] < b[field] ? -1 : 1;
}

/** What happens in one step, and what came of it. */
interface Unit {
  readonly group: ModelGroup;
  readonly results: readonly DbWriteResult[];
}

/** Whole groups, or each write by itself where the store is not atomic. */
function unitsOf(
  groups: readonly ModelGroup[],
  results: readonly (readonly DbWriteResult[])[],
  isAtomic: boolean,
): readonly Unit[] {
  const units = groups.map((group, index) => ({ group, results: results[index] ?? [] }));
  if (isAtomic) return units;
  return units.flatMap(({ group, results: own }) =>
    group.writes.map((write, index) => ({
      group: { ...group, writes: [write] },
      results: own.slice(index, index + 1),
    })),
  );
}

/** The model after all units in some order that explains what came of them; undefined when there is none. */
function explain(model: StoreModel, units: readonly Unit[]): StoreModel | undefined {
  if (units.length === 0) return model;
  for (const unit of units) {
    const next = model.copy();
    if (!next.accept(unit.group, unit.results)) continue;
    const end = explain(
      next,
      units.filter((other) => other !== unit),
    );
    if (end !== undefined) return end;
  }
  return undefined;
}

function describe(groups: readonly ModelGroup[], results: readonly (readonly DbWriteResult[])[]): string {
  const toText = (_key: string, value: unknown) => (typeof value === "bigint" ? `${value}n` : value);
  return JSON.stringify({ groups, results }, toText, 1);
}
