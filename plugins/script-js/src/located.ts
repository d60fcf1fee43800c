import { stripTypeScriptTypes } from "node:module";
import { fileURLToPath } from "node:url";
import type { ScriptSource } from "@m3game/script-host/worker";

/** The error with file and line before its message. `source` is where to look when its stack does not say. */
export function located(error: unknown, source?: ScriptSource): Error {
  const message = error instanceof Error ? error.message : String(error);
  const place = (error instanceof Error && placeInStack(error)) || (source && (placeOfSyntax(source) ?? source.path));
  return new Error(place ? `${place}: ${message}` : message, { cause: error });
}

function placeInStack({ stack = "" }: Error): string | undefined {
  const [, url, line] = /(file:\/\/[^\s()]+?):(\d+):\d+/.exec(stack) ?? [];
  return url === undefined ? undefined : `${fileURLToPath(url)}:${line}`;
}

// Node's own parser does not say where in a module it failed.
function placeOfSyntax({ path, text }: ScriptSource): string | undefined {
  try {
    stripTypeScriptTypes(text, { sourceUrl: path });
    return undefined;
  } catch (error) {
    const [first = ""] = (error instanceof Error ? (error.stack ?? "") : "").split("\n");
    return first.startsWith(`${path}:`) ? first : undefined;
  }
}
