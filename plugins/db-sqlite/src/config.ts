import { z } from "zod";

/** The section `[[Plugin.DB.db_sqlite]]`. */
export const sqliteConfig = z.object({
  /**
   * The file of the database, made when it is not there; its folder must exist. A relative path starts from the working
   * directory. `:memory:` keeps everything in memory, for this app alone, until it stops.
   */
  File: z.string().min(1, { error: 'write the path of a file, or ":memory:"' }),
  /**
   * When a write counts as done. `full`: once it is on the disk, so that it outlives a power failure. `normal`: once the
   * operating system has it, so that it outlives a crash of the process, but maybe not one of the machine.
   */
  Durability: z.enum(["full", "normal"]).default("full"),
});
