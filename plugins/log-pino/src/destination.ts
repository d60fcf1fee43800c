import { mkdir, open } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { reasonError } from "m3game/internal";
import type { DestinationStream } from "pino";
import { LineWriter } from "./line-writer.ts";

export interface DestinationOptions {
  /** A path or a file descriptor. */
  readonly target: string | number;
  readonly encoding: "json" | "console";
  readonly colors: boolean;
}

/** Takes the lines. Disposing writes out what waits. */
export interface Destination extends DestinationStream, AsyncDisposable {
  flushSync(): void;
}

/** Opens where lines go. Rejects with PLUGIN_FAILED when a file can't be written to. */
export async function openDestination({ target, encoding, colors }: DestinationOptions): Promise<Destination> {
  const writer = new LineWriter(typeof target === "number" ? target : await openFile(target));
  if (encoding === "json") return writer;
  // Loaded only where a person reads: 29 modules that a service would carry for nothing.
  const { prettyFactory } = await import("pino-pretty");
  const pretty = prettyFactory({ colorize: colors, translateTime: "SYS:HH:MM:ss.l" });
  return {
    write: (line) => writer.write(pretty(line)),
    flushSync: () => writer.flushSync(),
    [Symbol.asyncDispose]: () => writer[Symbol.asyncDispose](),
  };
}

async function openFile(file: string): Promise<number> {
  try {
    await promisify(mkdir)(dirname(file), { recursive: true });
    return await promisify(open)(file, "a");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw reasonError("PLUGIN_FAILED", `log file ${file} can't be opened: ${why}. Correct File.`, { cause: error });
  }
}
