import { type ConfigSource, readConfig } from "m3game";
import { inspectSection, problemError } from "m3game/internal";
import { z } from "zod";
import { type MethodRules, methodRulesSchema } from "./rule-schema.ts";

type Table = ConfigSource["tree"];
type Value = Table[string];

const fileSchema = z.object({ Rules: z.unknown().optional() });

/**
 * Reads the `[Rules]` table or the `[[Rules]]` tables of a file. Rejects with CONFIG_INVALID that lists all problems, one
 * per line: file, rule, key, what was found and what is allowed.
 */
export async function loadRules(file: string): Promise<readonly MethodRules[]> {
  const { tree } = await readConfig(file);
  const whole = inspectSection(fileSchema, { file, path: "", table: tree });
  const problems: string[] = whole.success ? [] : [...whole.problems];
  const rules: MethodRules[] = [];
  for (const [path, table] of ruleTables(tree)) {
    if (!isTable(table)) {
      problems.push(`${file}: ${path}: is no table; write [[Rules]] above the keys of each rule`);
      continue;
    }
    const checked = inspectSection(methodRulesSchema, { file, path, table });
    if (checked.success) rules.push(checked.value);
    else problems.push(...checked.problems.map((problem) => problem + named(table)));
  }
  if (problems.length > 0) throw problemError(problems);
  return rules;
}

function ruleTables({ Rules }: Table): readonly (readonly [path: string, table: Value])[] {
  if (Rules === undefined) return [];
  return Array.isArray(Rules) ? Rules.map((table, index) => [`Rules[${index}]`, table] as const) : [["Rules", Rules]];
}

function named({ Method }: Table): string {
  return typeof Method === "string" && Method !== "" ? ` (the rules of ${Method})` : "";
}

function isTable(value: Value | undefined): value is Table {
  return typeof value === "object" && !Array.isArray(value) && !(value instanceof Date);
}
