import { runDbConformance } from "@m3game/testing";
import { dbMemory } from "./db-memory.ts";
import { createMemoryHub } from "./memory-hub.ts";

const hub = createMemoryHub();

runDbConformance({
  name: "db_memory",
  create: (context) => dbMemory(hub).create({}, context),
  supports: { readMany: true },
});
