import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Db, DbGroup, DbScope, DbWriteResult } from "m3game";
import type { Sample } from "../harness/result.ts";
import type { SoloMeasure } from "../harness/solo-subject.ts";
import { summarizeLatency } from "../harness/stats.ts";
import type { Services } from "../harness/subject.ts";
import { cpuRate, readCpuUsage } from "../harness/usage.ts";
import { hero, heroAtLevel, heroes, heroId, levelField } from "./hero.ts";

/** What each store and its bare driver do. */
export interface Operations extends AsyncDisposable {
  create(index: number): Promise<void>;
  read(index: number): Promise<void>;
  /** Changes one field of a row whose version is this one. */
  update(index: number, version: number): Promise<void>;
  /** The same for many rows at once, all of the same version. */
  updateMany(from: number, count: number, version: number): Promise<void>;
}

export interface Place {
  readonly services: Services;
  /** An empty folder, gone afterwards. */
  readonly folder: string;
}

export type Open = (place: Place) => Promise<Operations>;

export const operationNames = ["read", "create", "update", "batch"] as const;
export type OperationName = (typeof operationNames)[number];

const rows = 5000;
const batchSize = 500;
const warmupMs = 500;

/** The measures of one store, by operation. */
export function measuresOf(open: Open): Readonly<Record<OperationName, SoloMeasure>> {
  const measure = (run: (operations: Operations, measureMs: number) => Promise<Sample>): SoloMeasure => {
    return async ({ measureMs, services }) => {
      const folder = await mkdtemp(join(tmpdir(), "m3game-bench-"));
      try {
        await using operations = await open({ services, folder });
        return await run(operations, measureMs);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    };
  };
  return {
    create: measure((operations, ms) => repeat(ms, 1, (round) => operations.create(round))),
    read: measure(async (operations, ms) => {
      await fill(operations);
      return repeat(ms, 1, (round) => operations.read(round % rows));
    }),
    update: measure(async (operations, ms) => {
      await fill(operations);
      return repeat(ms, 1, (round) => operations.update(round % rows, 1 + Math.floor(round / rows)));
    }),
    batch: measure(async (operations, ms) => {
      await fill(operations);
      const batches = rows / batchSize;
      return repeat(ms, batchSize, (round) =>
        operations.updateMany((round % batches) * batchSize, batchSize, 1 + Math.floor(round / batches)),
      );
    }),
  };
}

/** A store of the framework, every row of which is written under a claim of its own. */
export function storeOperations(db: Db): Operations {
  const scope = (index: number): DbScope => ({ claim: `hero/${index}`, fence: { epoch: 1n, counter: 1n } });
  const update = (index: number, version: number): DbGroup => ({
    scope: scope(index),
    writes: [
      {
        kind: "update",
        table: heroes,
        key: heroId(index),
        message: heroAtLevel(version),
        fields: [levelField],
        version: BigInt(version),
      },
    ],
  });
  const check = (results: readonly (readonly DbWriteResult[])[]) => {
    const [other] = results.flat().filter(({ status }) => status !== "written");
    if (other !== undefined) throw new Error(`a write was not made: ${JSON.stringify(other)}`);
  };
  return {
    create: async (index) => {
      const write = { kind: "create", table: heroes, key: heroId(index), message: hero(index) } as const;
      check(await db.write([{ scope: scope(index), writes: [write] }]));
    },
    read: async (index) => {
      if ((await db.read(heroes, heroId(index))) === undefined) throw new Error(`there is no row ${index}`);
    },
    update: async (index, version) => check(await db.write([update(index, version)])),
    updateMany: async (from, count, version) =>
      check(await db.write(Array.from({ length: count }, (_, index) => update(from + index, version)))),
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
}

async function fill(operations: Operations): Promise<void> {
  for (let from = 0; from < rows; from += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, index) => operations.create(from + index)));
  }
}

/** Calls one after another; an operation is one of `size` in a call. Latencies are those of calls. */
async function repeat(measureMs: number, size: number, call: (round: number) => Promise<void>): Promise<Sample> {
  let round = 0;
  const warmUntil = performance.now() + warmupMs;
  while (performance.now() < warmUntil) await call(round++);
  const latenciesMs: number[] = [];
  const before = readCpuUsage();
  for (let from = before.atMs; from < before.atMs + measureMs; ) {
    await call(round++);
    const now = performance.now();
    latenciesMs.push(now - from);
    from = now;
  }
  const after = readCpuUsage();
  const opsPerSec = (latenciesMs.length * size * 1000) / (after.atMs - before.atMs);
  return {
    opsPerSec,
    ...summarizeLatency(Float64Array.from(latenciesMs)),
    cpuUsPerOp: cpuRate(before, after) / opsPerSec,
  };
}
