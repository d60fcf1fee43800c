import fc from "fast-check";
import type { ItemValues } from "./db-conformance-model.ts";

/** A write whose version is chosen when its turn comes: the row's own, plus this. */
export interface PlannedWrite {
  readonly kind: "create" | "update" | "delete";
  readonly name: string;
  readonly values: ItemValues;
  readonly fields: readonly (keyof ItemValues)[];
  readonly versionOffset: bigint;
}

export interface PlannedScope {
  readonly claim: string;
  readonly epoch: bigint;
  readonly counter: bigint;
}

export interface PlannedGroup {
  readonly scope: PlannedScope | undefined;
  readonly writes: readonly PlannedWrite[];
}

export interface PlannedQuery {
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly names: readonly string[] | undefined;
  readonly orderBy: "level" | "power" | "name";
  readonly descending: boolean;
  readonly limit: number;
}

/** One step of a generated run. */
export type Step =
  /** `apart`: each group in a call of its own, all at once and through different apps. */
  | { readonly kind: "write"; readonly groups: readonly PlannedGroup[]; readonly apart: boolean }
  /** The group is on its way: its versions are chosen now, it arrives with a later `deliver`. */
  | { readonly kind: "send"; readonly group: PlannedGroup }
  /** One that is on its way arrives; `again`: and stays on its way. */
  | { readonly kind: "deliver"; readonly which: number; readonly again: boolean }
  | { readonly kind: "read"; readonly name: string; readonly scope: PlannedScope | undefined }
  | { readonly kind: "readFields"; readonly name: string; readonly fields: readonly (keyof ItemValues)[] }
  | { readonly kind: "raise"; readonly scope: PlannedScope }
  | { readonly kind: "query"; readonly query: PlannedQuery };

export const rowNames = ["a", "b", "c"] as const;
const valueFields = ["level", "power", "name", "tags"] as const;

const scope: fc.Arbitrary<PlannedScope> = fc.record({
  claim: fc.constantFrom("x", "y"),
  epoch: fc.constantFrom(1n, 2n),
  counter: fc.bigInt({ min: 0n, max: 4n }),
});

const values: fc.Arbitrary<ItemValues> = fc.record({
  level: fc.integer({ min: -2, max: 4 }),
  power: fc.constantFrom(0n, 1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n),
  name: fc.constantFrom("", "a", "A", "b", "ｊ", "\u{1f600}"),
  tags: fc.array(fc.constantFrom("x", "y"), { maxLength: 2 }),
});

const fields = fc.subarray([...valueFields]);

const write: fc.Arbitrary<PlannedWrite> = fc.record({
  kind: fc.constantFrom("create", "update", "update", "delete"),
  name: fc.constantFrom(...rowNames),
  values,
  fields,
  versionOffset: fc.constantFrom(0n, 0n, 0n, -1n, 1n),
});

const group: fc.Arbitrary<PlannedGroup> = fc.record({
  scope: fc.option(scope, { nil: undefined }),
  writes: fc.uniqueArray(write, { selector: ({ name }) => name, maxLength: 3 }),
});

const query: fc.Arbitrary<PlannedQuery> = fc.record({
  from: fc.option(fc.integer({ min: -3, max: 5 }), { nil: undefined }),
  to: fc.option(fc.integer({ min: -3, max: 5 }), { nil: undefined }),
  names: fc.option(fc.array(fc.constantFrom("", "a", "b")), { nil: undefined }),
  orderBy: fc.constantFrom("level", "power", "name"),
  descending: fc.boolean(),
  limit: fc.integer({ min: 1, max: 3 }),
});

const name = fc.constantFrom(...rowNames);

/** A run of steps against one store. */
export const steps = (queries: boolean): fc.Arbitrary<readonly Step[]> =>
  fc.array(
    fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record({
          kind: fc.constant("write"),
          groups: fc.array(group, { minLength: 1, maxLength: 3 }),
          apart: fc.boolean(),
        }),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("send"), group }) },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant("deliver"), which: fc.nat(9), again: fc.boolean() }),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("raise"), scope }) },
      {
        weight: 2,
        arbitrary: fc.record({ kind: fc.constant("read"), name, scope: fc.option(scope, { nil: undefined }) }),
      },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("readFields"), name, fields }) },
      ...(queries ? [{ weight: 2, arbitrary: fc.record({ kind: fc.constant("query"), query }) }] : []),
    ),
    { minLength: 5, maxLength: 30 },
  );
