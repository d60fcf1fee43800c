import { secret } from "m3game";
import { z } from "zod";

/** The section `[[Plugin.DB.db_postgres]]`. */
export const postgresConfig = z.object({
  /** Name or address of the server. */
  Host: z.string().min(1, { error: "write the name or address of the server" }).default("127.0.0.1"),
  /** Port of the server. */
  Port: z.int().min(1).max(65535).default(5432),
  /** Whom to log in as. */
  User: z.string().min(1).default("postgres"),
  /** The password, where the server wants one. */
  Password: secret().optional(),
  /** The database, which must exist and be in UTF-8. */
  Database: z.string().min(1).default("postgres"),
  /** Where the tables are, made when it is not there: stores in different schemas share nothing. */
  Schema: z
    .string()
    .regex(/^[a-z][a-z0-9_]{0,47}$/, { error: "use small letters, digits and _, beginning with a letter, at most 48" })
    .default("m3game"),
  /** Connects with TLS, and checks the server's certificate. */
  TLS: z.boolean().default(false),
  /** How many connections the app has at most. */
  MaxConnections: z.int().min(1).max(1000).default(8),
});

export type PostgresConfig = z.output<typeof postgresConfig>;
