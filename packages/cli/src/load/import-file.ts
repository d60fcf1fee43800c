import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isM3Error } from "m3game";
import { reasonError } from "m3game/internal";

/**
 * The default export of a module of the user's, undefined when it has none. `what` names it in messages, such as
 * "app file". Rejects with CONFIG_INVALID when it does not exist or can't be loaded.
 */
export async function importDefault(file: string, what: string): Promise<unknown> {
  const path = resolve(file);
  if (!existsSync(path)) {
    throw reasonError("CONFIG_INVALID", `${what} ${file} does not exist (looked for ${path})`);
  }
  try {
    const loaded: { readonly default?: unknown } = await import(pathToFileURL(path).href);
    return loaded.default;
  } catch (error) {
    if (isM3Error(error)) throw error;
    throw reasonError("CONFIG_INVALID", `${what} ${file} can't be loaded: ${problemOf(error)}`, { cause: error });
  }
}

function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const [message] = error.message.split("\n", 1);
  const place = placeOf(error);
  return `${error.name}: ${message}${place === undefined ? "" : ` (${place})`}`;
}

/** The first place in the user's own code that the stack names. Of a syntax error it is the stack's first line. */
function placeOf({ stack = "" }: Error): string | undefined {
  const [first = ""] = stack.split("\n", 1);
  if (/^\/.+:\d+$/.test(first)) return first;
  for (const [, url = "", position] of stack.matchAll(/(file:\/\/[^\s()]+?)(:\d+(?::\d+)?)(?=[\s)]|$)/g)) {
    const path = fileURLToPath(url);
    if (!path.includes("node_modules")) return `${path}${position}`;
  }
  return undefined;
}
