import { isM3Error, type M3Error, reasonError } from "../meta/error.ts";
import { formatKeyPath, type KeyPath } from "./key-path.ts";
import { kindOf, overrideValue, replacement } from "./override-value.ts";
import { problemError } from "./problem.ts";
import { type ConfigSource, type ConfigTable, type ConfigValue, isList, isTable } from "./source.ts";
import { isListedTable, knownKeys } from "./tables.ts";

const prefix = "M3__";
const inOrder = new Intl.Collator("en", { numeric: true });

/**
 * The config with the values that environment variables set: `M3__Plugin__Trans__trans_tcp__Port=20051`.
 *
 * Two underscores separate the parts of the key path; a part finds a key whatever its case. Of a list of tables
 * (`[[Plugin.Trans.trans_tcp]]`) the first is meant unless a number follows: `M3__Plugin__DB__db_redis__1__Host`; the
 * number after the last one adds a table. A value has the type of the one it replaces; where it replaces none it is a
 * TOML value if it is one, else a text (`"20051"` in double quotes is the text 20051). Missing tables are created.
 *
 * Throws CONFIG_INVALID with all problems, one per line; what the variables hold is not shown.
 */
export function applyOverrides(source: ConfigSource, env: Readonly<Record<string, string | undefined>>): ConfigSource {
  const set = new Map<string, string>();
  const problems: string[] = [];
  let tree = source.tree;
  for (const variable of Object.keys(env).sort(inOrder.compare)) {
    const text = env[variable];
    if (text === undefined || !variable.startsWith(prefix)) continue;
    try {
      tree = assignInTable(tree, [], splitName(variable), { variable, text, set });
    } catch (error) {
      if (!isM3Error(error)) throw error;
      problems.push(`environment variable ${variable}: ${error.message}`);
    }
  }
  if (problems.length > 0) throw problemError(problems);
  return { ...source, tree, overrides: new Map([...(source.overrides ?? []), ...set]) };
}

interface Assignment {
  readonly variable: string;
  readonly text: string;
  /** Key path to variable, of all values set and tables made so far. */
  readonly set: Map<string, string>;
}

type Parts = readonly [first: string, ...rest: string[]];

function splitName(variable: string): Parts {
  const [first, ...rest] = variable.slice(prefix.length).split("__");
  if (first === undefined || first === "" || rest.includes("")) {
    throw problem("a part of its name is empty; write M3__Table__Key with two underscores between the parts");
  }
  return [first, ...rest];
}

/** The value at `path` with the value at the rest of the path, `parts`, assigned. */
function assign(
  value: ConfigValue | undefined,
  path: KeyPath,
  [first, ...rest]: readonly string[],
  assignment: Assignment,
): ConfigValue {
  if (first === undefined) return replace(value, path, assignment);
  if (isList(value)) return assignInList(value, path, [first, ...rest], assignment);
  if (isTable(value)) {
    // The file has one table where a list could be: its number is 0.
    const key = isListedTable(path) && first === "0" ? rest : [first, ...rest];
    return isParts(key) ? assignInTable(value, path, key, assignment) : replace(value, path, assignment);
  }
  if (value !== undefined) throw problem(`${formatKeyPath(path)} is a ${kindOf(value)} and holds no "${first}"`);
  // What is wrong with a table that the variable made is the variable's fault.
  assignment.set.set(formatKeyPath(path), assignment.variable);
  return isListedTable(path)
    ? assignInList([], path, [first, ...rest], assignment)
    : assignInTable({}, path, [first, ...rest], assignment);
}

function isParts(parts: readonly string[]): parts is Parts {
  return parts.length > 0;
}

function assignInTable(
  table: ConfigTable,
  path: KeyPath,
  [first, ...rest]: Parts,
  assignment: Assignment,
): ConfigTable {
  const key = findKey([...Object.keys(table), ...knownKeys(path)], first);
  const value = Object.hasOwn(table, key) ? table[key] : undefined;
  return { ...table, [key]: assign(value, [...path, key], rest, assignment) };
}

function assignInList(
  list: readonly ConfigValue[],
  path: KeyPath,
  [first, ...rest]: Parts,
  assignment: Assignment,
): ConfigValue {
  const numbered = /^\d+$/.test(first);
  const index = numbered ? Number(first) : 0;
  if (index > list.length) {
    throw problem(
      `${formatKeyPath(path)} has ${list.length} entries, so that ${list.length} is the next, not ${first}`,
    );
  }
  const parts = numbered ? rest : [first, ...rest];
  return list.toSpliced(index, 1, assign(list[index], [...path, index], parts, assignment));
}

function replace(value: ConfigValue | undefined, path: KeyPath, { variable, text, set }: Assignment): ConfigValue {
  const pathText = formatKeyPath(path);
  const other = set.get(pathText);
  if (other !== undefined) throw problem(`sets ${pathText}, as ${other} does; keep one of them`);
  set.set(pathText, variable);

  const listed = isListedTable(path);
  const wanted = listed ? tableFor(text) : overrideValue(text, value);
  if (wanted === undefined) throw problem(`${pathText} wants ${replacement(listed ? {} : (value ?? {}))}`);
  return listed && isTable(wanted) && !isTable(value) ? [wanted] : wanted;
}

function tableFor(text: string): ConfigValue | undefined {
  const value = overrideValue(text, undefined);
  return isTable(value) || (isList(value) && value.every(isTable)) ? value : undefined;
}

function findKey(keys: readonly string[], part: string): string {
  return keys.find((key) => key === part) ?? keys.find((key) => key.toLowerCase() === part.toLowerCase()) ?? part;
}

function problem(message: string): M3Error {
  return reasonError("CONFIG_INVALID", message);
}
