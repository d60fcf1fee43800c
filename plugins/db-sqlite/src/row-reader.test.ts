import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { tempFiles } from "../test/support/temp-folder.ts";
import { RowReader } from "./row-reader.ts";
import { TableNames } from "./table-names.ts";

const path = tempFiles();
const key = { number: 1, name: "id", type: "", declaration: "" };
const names = new TableNames(
  { id: 1, name: "hero", key, columns: [], indexed: [] },
  new Map([
    [1, "id"],
    [2, "name"],
  ]),
);

test("rows are read as another connection has left them", () => {
  const file = path("hero.sqlite");
  using writer = new DatabaseSync(file);
  writer.exec("PRAGMA journal_mode = WAL; CREATE TABLE hero (id INTEGER PRIMARY KEY, name TEXT, _ver INTEGER)");
  using reader = new RowReader(file);
  expect(reader.read(names, "2", 7)).toBeNull();
  writer.exec("INSERT INTO hero VALUES (7, 'june', 1)");
  expect(reader.read(names, "2", 7)).toEqual([1n, "june"]);
  writer.exec("BEGIN IMMEDIATE; UPDATE hero SET name = 'july', _ver = 2");
  expect(reader.read(names, "2", 7)).toEqual([1n, "june"]);
  writer.exec("COMMIT");
  expect(reader.read(names, "2", 7)).toEqual([2n, "july"]);
});

test("what can't be read is left to the worker", () => {
  using reader = new RowReader(path("none.sqlite"));
  expect(reader.read(names, "2", 7)).toBeUndefined();
});
