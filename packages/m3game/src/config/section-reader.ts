import type { z } from "zod";
import { formatKeyPath, type KeyPath } from "./key-path.ts";
import { withoutLegacyKeys } from "./legacy.ts";
import { originOf, unknownKey } from "./problem.ts";
import { type ConfigSection, inspectSection } from "./section.ts";
import { type ConfigSource, type ConfigTable, type ConfigValue, isList, isTable } from "./source.ts";
import { knownKeys } from "./tables.ts";
import { trimTable } from "./trim.ts";

/** Takes tables out of a config and collects what is wrong with them, to report all of it at once. */
export class SectionReader {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];
  readonly #source: ConfigSource;

  constructor(source: ConfigSource) {
    this.#source = source;
  }

  /** The table at `path`, of which `parent` holds the last part; an empty one where there is none. */
  table(parent: ConfigTable, path: readonly string[]): ConfigTable {
    const value = parent[path.at(-1) ?? ""] ?? {};
    if (isTable(value)) return value;
    this.addProblem(formatKeyPath(path), `is no table; write [${formatKeyPath(path)}]`);
    return {};
  }

  /** The tables at `path`, one or a list of them, trimmed and without legacy keys. */
  sections(path: KeyPath, value: ConfigValue): ConfigSection[] {
    if (isTable(value)) return [this.#clean(this.section(path, value))];
    if (isList(value) && value.every(isTable)) {
      return value.map((table, index) => this.#clean(this.section([...path, index], table)));
    }
    this.addProblem(formatKeyPath(path), `is no table; write [[${formatKeyPath(path)}]]`);
    return [];
  }

  section(path: KeyPath, table: ConfigTable): ConfigSection {
    return { file: this.#source.file, path: formatKeyPath(path), table, overrides: this.#source.overrides };
  }

  /** The keys of a table that may be there; the others become problems. `what` names them in messages. */
  knownKeys(table: ConfigTable, path: KeyPath, what: string): string[] {
    const allowed = knownKeys(path);
    const isKnown = (key: string) => allowed.includes(key);
    for (const key of Object.keys(table)) {
      if (!isKnown(key)) this.addProblem(formatKeyPath([...path, key]), unknownKey(key, allowed, what));
    }
    return Object.keys(table).filter(isKnown);
  }

  /** The checked section, undefined when it has problems. */
  check<S extends z.ZodType>(schema: S, section: ConfigSection): z.output<S> | undefined {
    const check = inspectSection(schema, section);
    if (check.success) return check.value;
    this.problems.push(...check.problems);
    return undefined;
  }

  addProblem(path: string, problem: string): void {
    this.problems.push(`${originOf(this.#source, path)}: ${path}: ${problem}`);
  }

  #clean(section: ConfigSection): ConfigSection {
    const warn = (path: string, text: string) => {
      this.warnings.push(`${originOf(this.#source, path)}: ${path}: ${text}`);
    };
    const onTrim = (path: string) => warn(path, "has blanks at its ends, which are ignored; remove them");
    const trimmed = { ...section, table: trimTable(section.table, onTrim, section.path) };
    return withoutLegacyKeys(trimmed, (key, advice) => warn(`${section.path}.${key}`, advice));
  }
}
