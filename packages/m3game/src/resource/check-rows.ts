import { z } from "zod";
import { allowedBy } from "../config/allowed.ts";
import type { KeyPath } from "../config/key-path.ts";
import { describeIssue, problemError } from "../config/problem.ts";

// A table with one wrong column must not fill the log.
const mostShown = 20;

/**
 * What a file says, checked. Throws CONFIG_INVALID with a line for each problem: where it is, the path of the value from
 * the root `$`, what was found and what is allowed.
 */
export function checkRows<S extends z.ZodType>(
  schema: S,
  value: unknown,
  where: (path: KeyPath) => string,
): z.output<S> {
  // Messages of the schema's own win over this; others are worded by describeIssue.
  const result = z.safeParse(schema, value, { error: () => "" });
  if (result.success) return result.data;
  const { issues } = result.error;
  const allowed = allowedBy(schema);
  const lines = issues.slice(0, mostShown).flatMap((issue) => {
    const path = issue.path.map((part) => (typeof part === "number" ? part : String(part)));
    return describeIssue(issue, { file: where(path), path: "$", shown: value, allowed });
  });
  const more = issues.length - mostShown;
  throw problemError(more > 0 ? [...lines, `${where([])}: and ${more} more problems`] : lines);
}
