import { DatabaseSync } from "node:sqlite";
import { dbSqlite } from "@m3game/db-sqlite";
import { createPluginContext } from "@m3game/testing";
import { z } from "zod";
import { CounterEntity } from "../cluster/counter.ts";

const row = z.object({
  actor: z.string(),
  version: z.number(),
  count: z.number(),
  later: z.number(),
  coins: z.number(),
  add_op: z.string(),
  owner: z.string(),
  epoch: z.number().nullable(),
  counter: z.number().nullable(),
});

/** What a counter was after a write, and the fence of its claim in the same transaction. In the order of the commits. */
export type CommittedWrite = z.output<typeof row>;

/**
 * Makes the counters' table, and has SQLite itself log each write to it in the transaction that makes it: whoever
 * writes, and whatever becomes of its process.
 */
export async function prepareWriteLog(file: string): Promise<void> {
  const db = await dbSqlite.create(dbSqlite.config.parse({ File: file }), createPluginContext("chaos.world1.log.1"));
  await db.prepare([CounterEntity.table]);
  await db[Symbol.asyncDispose]();
  const database = new DatabaseSync(file);
  const log = `
    INSERT INTO chaos_log (actor, version, count, later, coins, add_op, owner, epoch, counter)
    SELECT NEW.id, NEW._ver, NEW.count, NEW.later, NEW.coins, NEW.last_add, NEW.owner, fence.epoch, fence.counter
    FROM (SELECT 1) LEFT JOIN _m3_fence AS fence ON fence.claim = 'counter/Counter/' || NEW.id;
  `;
  database.exec(`
    CREATE TABLE chaos_log (
      number INTEGER PRIMARY KEY, actor TEXT, version INTEGER, count INTEGER, later INTEGER, coins INTEGER,
      add_op TEXT, owner TEXT, epoch INTEGER, counter INTEGER
    );
    CREATE TRIGGER chaos_insert AFTER INSERT ON counter BEGIN ${log} END;
    CREATE TRIGGER chaos_update AFTER UPDATE ON counter BEGIN ${log} END;
  `);
  database.close();
}

/** All writes, in the order of their commits. */
export function readWriteLog(file: string): readonly CommittedWrite[] {
  const database = new DatabaseSync(file);
  const rows = database.prepare("SELECT * FROM chaos_log ORDER BY number").all();
  database.close();
  return z.array(row).parse(rows);
}
