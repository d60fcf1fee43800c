import { readFile } from "node:fs/promises";
import { reasonError } from "m3game/internal";
import type { ScriptSource } from "./messages.ts";

/** Reads the files. Rejects with CONFIG_INVALID that names the first that can't be read, and the key that names it. */
export function readSources(files: readonly string[], key: string): Promise<readonly ScriptSource[]> {
  return Promise.all(
    files.map(async (path) => {
      try {
        return { path, text: await readFile(path, "utf8") };
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw reasonError("CONFIG_INVALID", `${path} can't be read: ${why}. Correct ${key}.`, { cause });
      }
    }),
  );
}

/** True when both hold the same texts. */
export function isSame(one: readonly ScriptSource[], other: readonly ScriptSource[]): boolean {
  return one.length === other.length && one.every(({ text }, index) => text === other[index]?.text);
}
