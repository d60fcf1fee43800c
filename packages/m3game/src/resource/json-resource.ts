import type { z } from "zod";
import { reasonError } from "../meta/error.ts";
import { checkRows } from "./check-rows.ts";
import { JsonProblem, JsonText } from "./json-text.ts";
import type { ResourceFormat } from "./resource.ts";

/**
 * Parses a JSON file and checks it against a schema. What is wrong throws CONFIG_INVALID, one line per problem, each
 * with file, line and column. Keys that the schema does not know are dropped; `z.strictObject` refuses them.
 */
export function jsonResource<S extends z.ZodType>(schema: S): ResourceFormat<z.output<S>> {
  return {
    parse(text, file) {
      const rows = parseJson(text, file);
      let positions: JsonText | undefined;
      return checkRows(schema, rows, (path) => {
        positions ??= new JsonText(text);
        return position(text, file, positions.offsetOf(path));
      });
    },
  };
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const problem = findProblem(text);
    throw reasonError("CONFIG_INVALID", `${position(text, file, problem?.offset ?? 0)}: ${problem?.message ?? cause}`, {
      cause,
    });
  }
}

function findProblem(text: string): JsonProblem | undefined {
  try {
    new JsonText(text);
    return undefined;
  } catch (error) {
    if (error instanceof JsonProblem) return error;
    throw error;
  }
}

/** `file:line:column`, both from 1. */
function position(text: string, file: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split("\n").length;
  return `${file}:${line}:${offset - before.lastIndexOf("\n")}`;
}
