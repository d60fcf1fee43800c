import type { Scenario } from "@m3game/testing/bots";
import { reasonError } from "m3game/internal";
import { importDefault } from "./import-file.ts";

/** The scenario that a file exports. Rejects with CONFIG_INVALID when there is none. */
export async function loadScenario(file: string): Promise<Scenario> {
  const found = await importDefault(file, "scenario file");
  if (isScenario(found)) return found;
  const problem = found === undefined ? "has no default export" : "has a default export that is no scenario";
  throw reasonError(
    "CONFIG_INVALID",
    `scenario file ${file} ${problem}: write export default defineScenario({ token, round })`,
  );
}

function isScenario(value: unknown): value is Scenario {
  return (
    typeof value === "object" &&
    value !== null &&
    "token" in value &&
    typeof value.token === "function" &&
    "round" in value &&
    typeof value.round === "function"
  );
}
