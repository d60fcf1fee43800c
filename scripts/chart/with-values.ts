import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";

interface Values {
  readonly [key: string]: unknown;
}

/** Calls `use` with a file that holds the values of `file`, changed. */
export async function withValues<T>(file: string, changes: Values, use: (file: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "m3game-values-"));
  try {
    const changed = join(folder, "values.yaml");
    await writeFile(changed, stringify(merge(parse(await readFile(file, "utf8")), changes)));
    return await use(changed);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function merge(values: Values, changes: Values): Values {
  const merged = Object.entries(changes).map(([key, change]) => {
    const value = values[key];
    return [key, isValues(value) && isValues(change) ? merge(value, change) : change] as const;
  });
  return { ...values, ...Object.fromEntries(merged) };
}

function isValues(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
