import type { z } from "zod";
import { parseConfig } from "../config/source.ts";
import { checkRows } from "./check-rows.ts";
import type { ResourceFormat } from "./resource.ts";

/**
 * Parses a TOML file and checks it against a schema. Throws CONFIG_INVALID: with file, line and column for text that is
 * no TOML, with file and key path for each value that the schema refuses. Keys that the schema does not know are
 * dropped; `z.strictObject` refuses them.
 */
export function tomlResource<S extends z.ZodType>(schema: S): ResourceFormat<z.output<S>> {
  return { parse: (text, file) => checkRows(schema, parseConfig(text, file).tree, () => file) };
}
