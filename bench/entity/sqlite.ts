import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as nextTurn } from "node:timers/promises";
import { dbSqlite } from "@m3game/db-sqlite";
import type { Db } from "m3game";
import { playerId } from "../actor/requests.ts";
import type { Sample } from "../harness/result.ts";
import type { SoloMeasure } from "../harness/solo-subject.ts";
import { summarizeLatency } from "../harness/stats.ts";
import { cpuRate, readCpuUsage } from "../harness/usage.ts";
import { pluginContext } from "./open-store.ts";
import { smallProfile } from "./profile.ts";
import { EntityWorld } from "./world.ts";

/** Enough to keep the store busy for longer than the queue gathers changes: each change is to be a row of its own. */
const rows = 100_000;
/** What the save queue sends at a time. */
const batchSize = 500;
/** Both at least: on a busy machine time alone would not get the code compiled. */
const warmup = { ms: 1000, rows: 200_000 };
/** How many changes come up in one turn of the event loop. */
const perTurn = 100;

/**
 * One changed field of each of 100 000 actors in turn, saved behind their back into SQLite as fast as it goes: fences and
 * versions are checked, and nothing is committed before it is on the disk.
 */
export const writeBehind: SoloMeasure = ({ measureMs }) =>
  inTemporaryFolder(async (folder) => {
    await using db = await openSqlite(folder);
    let written = 0;
    let onWritten = () => {};
    const counting = countWrites(db, (count) => {
      written += count;
      onWritten();
    });
    await using world = new EntityWorld(counting);
    const entities = await world.storedMany(rows);

    let scheduled = 0;
    let start = 0;
    const writeWhile = async (isGoingOn: () => boolean): Promise<void> => {
      while (isGoingOn()) {
        for (let index = 0; index < perTurn; index++) {
          const entity = entities[scheduled++ % rows];
          if (entity === undefined) continue;
          entity.data.level += 1;
          await world.queue.schedule(entity);
        }
        // A turn of the event loop, as when requests come in.
        await nextTurn();
        // Ahead of the store by many batches, and behind by less than all.
        while (scheduled - (written - start) > rows * 0.9) {
          await new Promise<void>((resolve) => {
            onWritten = resolve;
          });
        }
      }
    };
    start = written;
    const warmUntil = performance.now() + warmup.ms;
    await writeWhile(() => performance.now() < warmUntil || written - start < warmup.rows);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const [before, writtenBefore, mainBefore] = [readCpuUsage(), written, process.threadCpuUsage()];
    await writeWhile(() => performance.now() < before.atMs + measureMs);
    const [after, writtenAfter, main] = [readCpuUsage(), written, process.threadCpuUsage(mainBefore)];
    delay.disable();
    await world.queue.flush();
    if (entities.some((entity) => entity.isDirty)) throw new Error("something was not saved");
    const count = writtenAfter - writtenBefore;
    const opsPerSec = count / ((after.atMs - before.atMs) / 1000);
    const [p50Ms, p99Ms, p999Ms] = [50, 99, 99.9].map((share) => delay.percentile(share) / 1e6 - 1);
    return {
      opsPerSec,
      ...{ p50Ms: p50Ms ?? 0, p99Ms: p99Ms ?? 0, p999Ms: p999Ms ?? 0 },
      cpuUsPerOp: cpuRate(before, after) / opsPerSec,
      more: { "main us": (main.user + main.system) / count, "longest block ms": delay.max / 1e6 - 1 },
    };
  });

/**
 * What node:sqlite does by itself with the same rows in the same batches and the same memory for pages, on the main
 * thread: only the versions are checked.
 */
export const bareSqlite: SoloMeasure = ({ measureMs }) =>
  inTemporaryFolder(async (folder) => {
    const database = new DatabaseSync(join(folder, "bare.sqlite"));
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    database.exec("PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 4096");
    database.exec(
      `CREATE TABLE profile (id TEXT PRIMARY KEY, version INTEGER, name TEXT, level INTEGER, gold INTEGER, stamp REAL,
        scores BLOB, items BLOB, note TEXT) STRICT`,
    );
    const insert = database.prepare("INSERT INTO profile VALUES (?, 1, ?, ?, ?, ?, x'', x'', '')");
    const { name, level, gold, stamp } = smallProfile;
    const ids = Array.from({ length: rows }, (_, index) => playerId(index));
    database.exec("BEGIN IMMEDIATE");
    for (const id of ids) insert.run(id, name, level, gold, stamp);
    database.exec("COMMIT");
    const update = database.prepare("UPDATE profile SET level = ?, version = version + 1 WHERE id = ? AND version = ?");
    let next = 0;
    const writeBatch = (): void => {
      database.exec("BEGIN IMMEDIATE");
      for (let index = 0; index < batchSize; index++, next++) {
        const version = Math.floor(next / rows) + 1;
        const { changes } = update.run(version + 1, ids[next % rows] ?? "", version);
        if (changes !== 1) throw new Error(`${changes} rows were changed`);
      }
      database.exec("COMMIT");
    };
    const warmUntil = performance.now() + warmup.ms;
    while (performance.now() < warmUntil || next < warmup.rows) writeBatch();
    const sample = measureBatches(writeBatch, measureMs);
    database.close();
    return sample;
  });

function measureBatches(writeBatch: () => void, measureMs: number): Sample {
  const latenciesMs: number[] = [];
  const before = readCpuUsage();
  for (let from = before.atMs; from < before.atMs + measureMs; ) {
    writeBatch();
    const now = performance.now();
    latenciesMs.push(now - from);
    from = now;
  }
  const after = readCpuUsage();
  const opsPerSec = (latenciesMs.length * batchSize) / ((after.atMs - before.atMs) / 1000);
  return {
    opsPerSec,
    ...summarizeLatency(Float64Array.from(latenciesMs)),
    cpuUsPerOp: cpuRate(before, after) / opsPerSec,
  };
}

/** One changed field saved and its commit waited for, one at a time: what a write-through costs. */
export const saveThrough: SoloMeasure = ({ measureMs }) =>
  inTemporaryFolder(async (folder) => {
    await using db = await openSqlite(folder);
    await using world = new EntityWorld(db);
    const entity = await world.stored(0);
    const latenciesMs: number[] = [];
    const before = readCpuUsage();
    for (let from = before.atMs; from < before.atMs + measureMs; ) {
      entity.data.level += 1;
      await entity.save();
      const now = performance.now();
      latenciesMs.push(now - from);
      from = now;
    }
    const after = readCpuUsage();
    const opsPerSec = latenciesMs.length / ((after.atMs - before.atMs) / 1000);
    return {
      opsPerSec,
      ...summarizeLatency(Float64Array.from(latenciesMs)),
      cpuUsPerOp: cpuRate(before, after) / opsPerSec,
    };
  });

const savesPerTurn = 1000;

/** 100 000 entities that have changed are saved as when an app drains. Latency is that of all together. */
export const drain: SoloMeasure = ({ params }) =>
  inTemporaryFolder(async (folder) => {
    const { entities: count = 1 } = params;
    await using db = await openSqlite(folder);
    await using world = new EntityWorld(db);
    const entities = await world.storedMany(count);
    for (const entity of entities) entity.data.level += 1;
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const before = readCpuUsage();
    const saves: Promise<void>[] = [];
    for (const entity of entities) {
      saves.push(world.queue.save(entity));
      if (saves.length % savesPerTurn === 0) await nextTurn();
    }
    await Promise.all(saves);
    const after = readCpuUsage();
    delay.disable();
    if (entities.some((entity) => entity.isDirty)) throw new Error("something was not saved");
    const elapsedMs = after.atMs - before.atMs;
    const opsPerSec = (count * 1000) / elapsedMs;
    return {
      opsPerSec,
      ...{ p50Ms: elapsedMs, p99Ms: elapsedMs, p999Ms: elapsedMs },
      cpuUsPerOp: cpuRate(before, after) / opsPerSec,
      more: { "longest block ms": delay.max / 1e6 - 1 },
    };
  });

async function openSqlite(folder: string): Promise<Db> {
  return dbSqlite.create({ File: join(folder, "bench.sqlite"), Durability: "full" }, pluginContext);
}

async function inTemporaryFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "m3game-bench-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same store; `onWritten` is told how many rows each call wrote. */
function countWrites(db: Db, onWritten: (count: number) => void): Db {
  return {
    isAtomic: db.isAtomic,
    prepare: (tables) => db.prepare(tables),
    read: (table, key, options) => db.read(table, key, options),
    write: async (groups, options) => {
      const results = await db.write(groups, options);
      let written = 0;
      for (const group of results) for (const { status } of group) if (status === "written") written++;
      onWritten(written);
      return results;
    },
    raiseFence: (scope, options) => db.raiseFence(scope, options),
    enterEpoch: (lease) => db.enterEpoch(lease),
    raiseEpoch: () => db.raiseEpoch(),
    [Symbol.asyncDispose]: async () => {},
  };
}
