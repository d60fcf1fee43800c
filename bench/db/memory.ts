import { createMemoryHub } from "m3game";
import { openMemory } from "../entity/open-store.ts";
import { heroes } from "./hero.ts";
import { measuresOf, storeOperations } from "./measures.ts";

export const { read, create, update, batch } = measuresOf(async () => {
  const db = await openMemory(createMemoryHub());
  await db.prepare([heroes]);
  return storeOperations(db);
});
