import { globSync, readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type ConfigKey, configKeys } from "m3game/internal";
import type { z } from "zod";
import { root } from "../lib/root.ts";

/** What the comment above each key says, by the key. */
export type Comments = ReadonlyMap<string, string>;

/** The comments in the sources at these patterns, from the root on, the last of a key: schemas don't hold them at run time. */
export function readComments(patterns: readonly string[]): Comments {
  const comments = new Map<string, string>();
  for (const file of patterns.flatMap((pattern) => globSync(pattern, { cwd: root }).sort())) {
    const text = readFileSync(join(root, file), "utf8");
    for (const [, comment = "", key = ""] of text.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*([A-Z]\w*):/g)) {
      comments.set(key, comment.replaceAll(/\s*\n\s*\*?\s*/g, " ").trim());
    }
  }
  return comments;
}

/** The keys of a section as a table in Markdown. Throws for a key that nothing explains. */
export function keyTable(section: string, schema: z.ZodType, comments: Comments): string {
  const keys = configKeys(schema);
  if (keys.length === 0) return "Its section has no keys.";
  const head = ["| key | value | default | |", "| --- | --- | --- | --- |"];
  return [...head, ...keys.map((key) => row(section, key, comments))].join("\n");
}

function row(section: string, { key, allowed, fallback, isRequired, isSecret }: ConfigKey, comments: Comments): string {
  const comment = comments.get(key.slice(key.lastIndexOf(".") + 1));
  if (comment === undefined) {
    throw new Error(`${section}: nothing explains ${key}: write a comment /** … */ above it in its schema`);
  }
  // What counts without the key, where the schema can't say it.
  const [text = "", otherwise = ""] = comment.split(" @default ");
  const table = key.slice(0, Math.max(0, key.lastIndexOf(".")));
  const required = table === "" ? "must be given" : `must be given with \`${table}\``;
  const standard = fallback === undefined ? otherwise : `\`${fallback}\``;
  const value = isSecret ? `${allowed}, kept secret` : allowed;
  return `| \`${key}\` | ${[value, isRequired ? required : standard, text].map(cell).join(" | ")} |`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

/** Writes a page, relative to the root. Returns its name if that changed it. */
export async function writePage(file: string, parts: readonly string[]): Promise<readonly string[]> {
  const text = `${parts.join("\n\n")}\n`;
  const before = await readFile(join(root, file), "utf8").catch(() => "");
  if (before === text) return [];
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), text);
  return [file];
}
