import { parse } from "smol-toml";
import { type ConfigValue, isList, isTable } from "./source.ts";

/**
 * The value that an environment variable's text means, typed by the value that it replaces: a text stays as it is, a
 * number must be one. Where it replaces nothing it is a TOML value if it is one, else a text.
 * Undefined when it can't replace that value.
 */
export function overrideValue(text: string, replaced: ConfigValue | undefined): ConfigValue | undefined {
  if (typeof replaced === "string") return text;
  const value = parseValue(text);
  if (replaced === undefined) return value ?? text;
  return kindOf(value) === kindOf(replaced) ? value : undefined;
}

/** What can replace this value, in words. */
export function replacement(replaced: ConfigValue): string {
  switch (kindOf(replaced)) {
    case "number":
      return "a number";
    case "boolean":
      return "true or false";
    case "list":
      return 'a TOML list such as ["a", "b"]';
    case "table":
      return "a TOML table such as { Port = 1 }";
    case "date":
      return "a TOML date or time";
    default:
      return "a text";
  }
}

export function kindOf(value: ConfigValue | undefined): string {
  if (isList(value)) return "list";
  if (isTable(value)) return "table";
  return value instanceof Date ? "date" : typeof value;
}

function parseValue(text: string): ConfigValue | undefined {
  try {
    const { value, ...more } = parse(`value = ${text}`, { unsafeKeyBehaviour: "throw" });
    return Object.keys(more).length === 0 ? value : undefined;
  } catch {
    return undefined;
  }
}
