import { secret } from "m3game";
import { z } from "zod";

/** The section `[[Plugin.DB.db_mongo]]`. */
export const mongoConfig = z.object({
  /** Where the servers are, with the credentials if they want any: `mongodb://user:password@host:port,host:port/?options`. */
  URI: secret().default("mongodb://127.0.0.1:27017"),
  /** The database, made when it is not there: stores in different ones share nothing. */
  DataBase: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,63}$/, { error: "use letters, digits, _ and -, at most 63" })
    .default("m3game"),
  /** How many connections the app has at most to each server. */
  MaxConnections: z.int().min(1).max(1000).default(16),
});

export type MongoConfig = z.output<typeof mongoConfig>;
