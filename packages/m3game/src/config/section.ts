import { z } from "zod";
import { allowedBy } from "./allowed.ts";
import { redact } from "./describe.ts";
import { describeIssue, problemError } from "./problem.ts";
import type { ConfigTable } from "./source.ts";
import { strictSchema } from "./strict-schema.ts";
import { trimTable } from "./trim.ts";

/** One table of a config and where it is. */
export interface ConfigSection {
  readonly file: string;
  /** Key path from the root, `Plugin.Router.router_consul[0]`. */
  readonly path: string;
  readonly table: ConfigTable;
  /** Which environment variable set the value at a key path from the root. */
  readonly overrides?: ReadonlyMap<string, string> | undefined;
}

export type SectionCheck<T> =
  | { readonly success: true; readonly value: T }
  | { readonly success: false; readonly problems: readonly string[] };

/**
 * Checks a section against its schema and fills in defaults. Keys that the schema does not know are errors, in tables
 * within the section too; blanks at the ends of texts are removed first.
 *
 * Throws CONFIG_INVALID that lists all problems, one per line: file (or environment variable), key path, what was found
 * (`***` for what `secret()` marks) and what is allowed.
 */
export function checkSection<S extends z.ZodType>(schema: S, section: ConfigSection): z.output<S> {
  const check = inspectSection(schema, section);
  if (check.success) return check.value;
  throw problemError(check.problems);
}

/** `checkSection` for one who collects the problems of several sections. */
export function inspectSection<S extends z.ZodType>(schema: S, section: ConfigSection): SectionCheck<z.output<S>> {
  const table = trimTable(section.table);
  // Messages of zod's own would be worded for programmers; those that the schema sets win over this.
  const result = z.safeParse(strictSchema(schema), table, { error: () => "" });
  if (result.success) return { success: true, value: result.data };
  const context = { ...section, shown: redact(schema, table, "input"), allowed: allowedBy(schema) };
  return { success: false, problems: result.error.issues.flatMap((issue) => describeIssue(issue, context)) };
}
