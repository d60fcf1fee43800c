import type { AppDefinition, Server } from "m3game";
import { reasonError } from "m3game/internal";
import { importDefault } from "./import-file.ts";

/** The app that a file exports. Rejects with CONFIG_INVALID when there is none. */
export async function loadApp(file: string): Promise<AppDefinition> {
  const found = await importDefault(file, "app file");
  if (isAppDefinition(found)) return found;
  const problem = found === undefined ? "has no default export" : "has a default export that is no app";
  throw reasonError(
    "CONFIG_INVALID",
    `app file ${file} ${problem}: write export default defineApp({ func: "…", servers: […] })`,
  );
}

export function isAppDefinition(value: unknown): value is AppDefinition {
  return (
    typeof value === "object" &&
    value !== null &&
    "func" in value &&
    typeof value.func === "string" &&
    "servers" in value &&
    Array.isArray(value.servers) &&
    value.servers.every(isServer)
  );
}

function isServer(value: unknown): value is Server {
  return typeof value === "object" && value !== null && "service" in value && "start" in value;
}
