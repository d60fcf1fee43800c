import type { KeyPath } from "./key-path.ts";

/** The tables that a config file may hold at its top. */
const topTables = ["Options", "Plugin", "Server", "App"] as const;

/** `[[Plugin.<kind>.<name>]]` */
export const pluginKinds = [
  "Router",
  "Broker",
  "DB",
  "Lease",
  "Log",
  "Metric",
  "Trace",
  "Shape",
  "Gate",
  "Trans",
  "Script",
] as const;

/** `[Options.<name>]`, or `[[Options.<name>]]` as the original has it. */
export const optionTables = ["Mesh", "Resource", "Shape", "Rpc", "Life"] as const;

/** `[[Server.<name>]]` */
const serverTables = ["Actor", "Gate"] as const;

/** True for the tables that may be there several times: `[[Plugin.X.y]]`, `[[Options.X]]`, `[[Server.X]]`. */
export function isListedTable(path: KeyPath): boolean {
  return path[0] === "Plugin"
    ? path.length === 3
    : path.length === 2 && (path[0] === "Options" || path[0] === "Server");
}

/** The keys that every config knows at this path. */
export function knownKeys(path: KeyPath): readonly string[] {
  if (path.length === 0) return topTables;
  if (path.length > 1) return [];
  switch (path[0]) {
    case "Plugin":
      return pluginKinds;
    case "Options":
      return optionTables;
    case "Server":
      return serverTables;
    default:
      return [];
  }
}
