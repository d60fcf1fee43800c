import { z } from "zod";

/** The `[App]` table. */
export const uidConfig = z.object({
  /** How many accounts' roles the leader keeps in mind. */
  CachePoolSize: z.int().min(1).default(100_000),
});
