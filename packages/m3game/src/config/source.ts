import { readFile } from "node:fs/promises";
import { isAbsolute, resolve } from "node:path";
import { parse, TomlError } from "smol-toml";
import { reasonError } from "../meta/error.ts";

/** A value as TOML has it. */
export type ConfigValue = string | number | boolean | Date | readonly ConfigValue[] | ConfigTable;

export interface ConfigTable {
  readonly [key: string]: ConfigValue;
}

/** A parsed config, not yet checked. */
export interface ConfigSource {
  /** The file as it was named, for messages. */
  readonly file: string;
  /** What it says, overrides included. */
  readonly tree: ConfigTable;
  /** Which environment variable set the value at a key path. */
  readonly overrides?: ReadonlyMap<string, string> | undefined;
}

/**
 * Parses a config text. `file` is for messages only.
 * Throws CONFIG_INVALID with `file:line:column` for text that is no TOML, without showing the text: it may hold secrets.
 */
export function parseConfig(text: string, file: string): ConfigSource {
  try {
    return { file, tree: parse(text, { unsafeKeyBehaviour: "throw" }) };
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    // Of the message only the first line: an excerpt of the file follows.
    const problem = error.message.split("\n", 1)[0]?.replace("Invalid TOML document: ", "");
    const line = text.split(/\r?\n/)[error.line - 1] ?? "";
    const hint = hasSlashComment(line) ? "; a comment begins with # in TOML, not with //" : "";
    throw reasonError("CONFIG_INVALID", `${file}:${error.line}:${error.column}: ${problem}${hint}`);
  }
}

/** Reads and parses a config file. Rejects with CONFIG_INVALID when it can't be read or is no TOML. */
export async function readConfig(file: string): Promise<ConfigSource> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw reasonError("CONFIG_INVALID", unreadable(file, error), { cause: error });
  }
  return parseConfig(text, file);
}

function hasSlashComment(line: string): boolean {
  return line.replace(/"(?:\\.|[^"\\])*"|'[^']*'/g, '""').includes("//");
}

function unreadable(file: string, error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ENOENT":
      return `config file ${file} does not exist${isAbsolute(file) ? "" : ` (looked for ${resolve(file)})`}; check -conf, or config in the cluster file`;
    case "EISDIR":
      return `config file ${file} is a folder; name a file with -conf`;
    case "EACCES":
      return `config file ${file} may not be read by this user; check its permissions`;
    default:
      return `config file ${file} can't be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}

/** True for a table, as opposed to a list, a date or a plain value. */
export function isTable(value: ConfigValue | undefined): value is ConfigTable {
  return typeof value === "object" && !isList(value) && !(value instanceof Date);
}

/** True for a list: of plain values, or of tables (`[[…]]`). */
export function isList(value: ConfigValue | undefined): value is readonly ConfigValue[] {
  return Array.isArray(value);
}
