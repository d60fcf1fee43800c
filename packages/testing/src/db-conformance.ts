import { afterAll, beforeEach, describe, test } from "vitest";
import { faultTests } from "./db-conformance-faults.ts";
import { fenceTests } from "./db-conformance-fences.ts";
import { type CreateDb, DbFixture, DbPool } from "./db-conformance-fixture.ts";
import { growthTests } from "./db-conformance-growth.ts";
import { queryTests } from "./db-conformance-queries.ts";
import { sequenceTests } from "./db-conformance-sequences.ts";
import { valueTests } from "./db-conformance-values.ts";
import { writeTests } from "./db-conformance-writes.ts";

/** Which store the suite is about. */
export interface DbConformanceOptions {
  /** Names the suite. */
  readonly name: string;
  /** Starts the db of one app. All dbs of the suite share one store. */
  readonly create: CreateDb;
  /** What the store can do beyond the contract of every store. */
  readonly supports: { readonly readMany: boolean };
  /**
   * How many runs of writes and reads are generated: fewer for a server that takes long.
   * @default 150
   */
  readonly generatedRuns?: number;
}

/** Checks a store against its contract. Call it in a test file. */
export function runDbConformance({ name, create, supports, generatedRuns = 150 }: DbConformanceOptions): void {
  describe(`db conformance: ${name}`, () => {
    const pool = new DbPool(create);
    let current: DbFixture;
    const fixture = () => current;

    beforeEach(() => {
      current = new DbFixture(pool);
    });

    afterAll(() => pool[Symbol.asyncDispose]());

    writeTests(test, fixture);
    fenceTests(test, fixture);
    faultTests(test, fixture);
    valueTests(test, fixture);
    growthTests(test, fixture, supports);
    if (supports.readMany) queryTests(test, fixture);
    sequenceTests(test, fixture, { ...supports, runs: generatedRuns });
  });
}
