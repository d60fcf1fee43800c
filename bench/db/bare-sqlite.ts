import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fieldNames, heroId, heroValues } from "./hero.ts";
import { measuresOf } from "./measures.ts";

/** node:sqlite on the main thread. */
export const { read, create, update, batch } = measuresOf(async ({ folder }) => {
  const database = new DatabaseSync(join(folder, "bare.sqlite"));
  database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
  const [id = "", ...others] = fieldNames;
  database.exec(`CREATE TABLE hero (${id} TEXT PRIMARY KEY, ${others.join(", ")}, version INTEGER)`);
  const insert = database.prepare(`INSERT INTO hero VALUES (${fieldNames.map(() => "?").join(", ")}, 1)`);
  const select = database.prepare("SELECT * FROM hero WHERE id = ?");
  const change = database.prepare("UPDATE hero SET level = ?, version = version + 1 WHERE id = ? AND version = ?");
  const updateOne = (index: number, version: number) => {
    if (change.run(version, heroId(index), version).changes !== 1) throw new Error(`row ${index} was not changed`);
  };
  return {
    create: async (index) => void insert.run(...Object.values(heroValues(index))),
    read: async (index) => {
      if (select.get(heroId(index)) === undefined) throw new Error(`there is no row ${index}`);
    },
    update: async (index, version) => updateOne(index, version),
    updateMany: async (from, count, version) => {
      database.exec("BEGIN IMMEDIATE");
      for (let index = from; index < from + count; index++) updateOne(index, version);
      database.exec("COMMIT");
    },
    [Symbol.asyncDispose]: async () => database.close(),
  };
});
