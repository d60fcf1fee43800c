import { labelRatio } from "../harness/ratios.ts";
import type { Row, Target } from "../harness/result.ts";
import { measureSolo } from "../harness/solo.ts";
import type { Services } from "../harness/subject.ts";
import type { Case, Suite } from "../harness/suite.ts";
import { type OperationName, operationNames } from "./measures.ts";

/** Stores with a driver to compare them with, and the server that they need. */
const compared = { sqlite: undefined, redis: "redis", postgres: "postgres" } as const;
type Store = keyof typeof compared;

const minShare: Readonly<Record<OperationName, number>> = { read: 0.6, create: 0.6, update: 0.6, batch: 0.7 };

/** Each store beside its bare driver: read, create and partial update one at a time, and updates in batches. */
export const suite: Suite = {
  name: "db",
  note: [
    "rows of 12 fields, about 200 bytes; 5000 of them, each under a claim of its own; one caller that waits for each call.",
    "update: one field of one row. batch: one field of each of 500 rows in one call; its latencies are those of a call.",
    "bare-*: the driver alone with the same rows and calls: node:sqlite on the main thread, node-redis, pg; versions",
    "are compared (not in Redis), fences are not. Servers run on the same machine.",
  ].join("\n"),
  cases: (services) => [
    ...operationNames.map((operation) => solo("memory", operation)),
    ...stores(services).flatMap((store) =>
      operationNames.flatMap((operation) => [solo(store, operation), solo(`bare-${store}`, operation)]),
    ),
  ],
  ratios: (rows) =>
    Object.fromEntries(
      shares(rows).map(({ store, operation, share }) => [`${store}/bare-${store}@${operation}`, share]),
    ),
  targets: (rows) => shares(rows).map(toTarget),
};

function stores(services: Services): readonly Store[] {
  const all: readonly Store[] = ["sqlite", "redis", "postgres"];
  return all.filter((store) => compared[store] === undefined || services[compared[store]] !== undefined);
}

function solo(name: string, operation: OperationName): Case {
  return {
    name,
    params: { operation },
    run: ({ measureMs, services }) =>
      measureSolo(new URL(`${name}.ts`, import.meta.url), operation, { measureMs, services, params: {} }),
  };
}

interface Share {
  readonly store: string;
  readonly operation: OperationName;
  readonly share: number;
}

function shares(rows: readonly Row[]): readonly Share[] {
  return Object.keys(compared).flatMap((store) =>
    operationNames.flatMap((operation) => {
      const label = `@${operation}`;
      const share = labelRatio(rows, ({ opsPerSec }) => opsPerSec, store + label, `bare-${store}${label}`);
      return share === undefined ? [] : { store, operation, share };
    }),
  );
}

function toTarget({ store, operation, share }: Share): Target {
  return {
    text: `${store} ${operation}: at least ${minShare[operation]} of the bare driver`,
    measured: share.toFixed(2),
    met: share >= minShare[operation],
  };
}
