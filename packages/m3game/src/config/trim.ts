import { formatKeyPath, type KeyPath } from "./key-path.ts";
import { type ConfigTable, type ConfigValue, isList, isTable } from "./source.ts";

/** A copy of the table without blanks at the ends of its texts. `onTrim` gets the path of each text that had some. */
export function trimTable(table: ConfigTable, onTrim?: (path: string) => void, base = ""): ConfigTable {
  const trimEntries = (entries: ConfigTable, path: KeyPath): ConfigTable =>
    Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, trimValue(value, [...path, key])]));

  const trimValue = (value: ConfigValue, path: KeyPath): ConfigValue => {
    if (isTable(value)) return trimEntries(value, path);
    if (isList(value)) return value.map((entry, index) => trimValue(entry, [...path, index]));
    if (typeof value !== "string" || value === value.trim()) return value;
    onTrim?.(formatKeyPath(path, base));
    return value.trim();
  };

  return trimEntries(table, []);
}
