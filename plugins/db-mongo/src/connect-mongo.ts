import type { M3Error, PluginContext } from "m3game";
import { reasonError } from "m3game/internal";
import { MongoClient } from "mongodb";
import type { MongoConfig } from "./config.ts";
import { section } from "./mongo-error.ts";

/** How long it takes at most to find a server, and to wait for an answer, in milliseconds. */
const selectionTimeoutMs = 3000;
const answerTimeoutMs = 15_000;

/** Connects; afterwards the driver reconnects by itself for ever. Rejects with PLUGIN_FAILED and one line. */
export async function connectMongo(config: MongoConfig, context: PluginContext): Promise<MongoClient> {
  let client: MongoClient | undefined;
  try {
    client = new MongoClient(config.URI, {
      appName: context.app.app,
      serverSelectionTimeoutMS: selectionTimeoutMs,
      connectTimeoutMS: selectionTimeoutMs,
      socketTimeoutMS: answerTimeoutMs,
      maxPoolSize: config.MaxConnections,
      // A repeated write would be refused by its own version.
      retryWrites: false,
      retryReads: false,
      // Confirmed by most servers: what a new primary is sure to have.
      writeConcern: { w: "majority" },
      useBigInt64: true,
      promoteBuffers: true,
    });
    await client.connect();
    await client.db(config.DataBase).command({ ping: 1 });
    return client;
  } catch (error) {
    await client?.close();
    throw startError(config, error);
  }
}

function startError({ URI }: MongoConfig, error: unknown): M3Error {
  const servers = `the MongoDB server at ${withoutCredentials(URI)}`;
  const why = (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
  const isRefused = /auth|credential|mechanism/i.test(why);
  const text = isRefused
    ? `${servers} refuses the credentials: correct URI in ${section}`
    : `${servers} can't be reached (${why}): start one, or correct URI in ${section}`;
  return reasonError("PLUGIN_FAILED", text, { cause: new Error(why) });
}

function withoutCredentials(uri: string): string {
  return uri
    .replace(/^[^:]*:\/\//, "")
    .replace(/^.*@/, "")
    .replace(/[/?].*$/, "");
}
