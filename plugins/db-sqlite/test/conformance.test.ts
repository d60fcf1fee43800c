import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runDbConformance } from "@m3game/testing";
import { afterAll } from "vitest";
import { dbSqlite } from "../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "m3-db-sqlite-"));
afterAll(() => rmSync(folder, { recursive: true }));

runDbConformance({
  name: "db_sqlite",
  create: (context) => dbSqlite.create({ File: join(folder, "conformance.sqlite"), Durability: "normal" }, context),
  supports: { readMany: true },
});
