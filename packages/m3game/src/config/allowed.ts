import { z } from "zod";
import type { KeyPath } from "./key-path.ts";

type Json = z.core.JSONSchema.JSONSchema;

/** What a schema allows, in words. */
export interface Allowed {
  /** What may stand at this path, undefined when the schema can't say. */
  value(path: KeyPath): string | undefined;
  /** The keys that the table at this path may have. */
  keys(path: KeyPath): readonly string[];
  /** What a key of the table at this path may look like, undefined when the schema does not say. */
  keyForm(path: KeyPath): string | undefined;
}

/** Reads what is allowed from a schema, as the config's side of it has it, or as it is once it was checked. */
export function allowedBy(schema: z.core.$ZodType, io: "input" | "output" = "input"): Allowed {
  const root: Json = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  const locate = (path: KeyPath) =>
    path
      .reduce<readonly Json[]>((nodes, part) => nodes.flatMap(step(root, part)), [root])
      .flatMap((node) => alternatives(root, node));
  return {
    value: (path) => joined(locate(path).map(inWords)),
    keys: (path) => [...new Set(locate(path).flatMap(keysOf))],
    keyForm: (path) => joined(locate(path).map(keyFormOf)),
  };
}

function keyFormOf(node: Json): string | undefined {
  return typeof node.propertyNames === "object" ? inWords(node.propertyNames) : undefined;
}

function keysOf(node: Json): string[] {
  const names = typeof node.propertyNames === "object" ? node.propertyNames.enum : undefined;
  return [...Object.keys(node.properties ?? {}), ...(names ?? []).map(String)];
}

function step(root: Json, part: string | number): (node: Json) => Json[] {
  return (node) =>
    alternatives(root, node).flatMap((table) => {
      const found =
        typeof part === "string"
          ? (table.properties?.[part] ?? table.additionalProperties)
          : (table.prefixItems?.[part] ?? (Array.isArray(table.items) ? table.items[part] : table.items));
      return typeof found === "object" ? [found] : [];
    });
}

/** The node itself, or what it refers to, one by one. */
function alternatives(root: Json, node: Json, seen: ReadonlySet<Json> = new Set()): Json[] {
  if (seen.has(node)) return [];
  const within = new Set(seen).add(node);
  if (node.$ref !== undefined) {
    const target = referred(root, node.$ref);
    return target ? alternatives(root, target, within) : [];
  }
  const members = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])];
  return members.length > 0 ? members.flatMap((member) => alternatives(root, member, within)) : [node];
}

function referred(root: Json, ref: string): Json | undefined {
  if (ref === "#") return root;
  return root.$defs?.[ref.replace("#/$defs/", "")];
}

function inWords(node: Json): string | undefined {
  const values = node.enum ?? (node.const === undefined ? undefined : [node.const]);
  const words = values ? oneOf(values.map((value) => JSON.stringify(value))) : ofType(node);
  return words && node.description ? `${words} (${node.description})` : words;
}

function ofType(node: Json): string | undefined {
  const types = Array.isArray(node.type) ? node.type : node.type ? [node.type] : [];
  return joined(types.map((type) => typeWords(type, node)));
}

function typeWords(type: z.core.JSONSchema.SchemaType, node: Json): string | undefined {
  switch (type) {
    case "string":
      return textWords(node);
    case "integer":
      return numberWords("a whole number", node);
    case "number":
      return numberWords("a number", node);
    case "boolean":
      return "true or false";
    case "array":
      return `a list${sizeWords(node.minItems, node.maxItems, "entry", "entries")}${listItems(node)}`;
    case "object":
      return "a table";
    case "null":
      return undefined;
  }
}

const formats: Readonly<Record<string, string>> = {
  uri: "a URL",
  hostname: "a host name",
  ipv4: "an IPv4 address",
  ipv6: "an IPv6 address",
  email: "an e-mail address",
};

function textWords(node: Json): string {
  const format = node.format === undefined ? undefined : (formats[node.format] ?? `a text of the form ${node.format}`);
  if (format !== undefined) return format;
  const noun = node.minLength === 1 && node.maxLength === undefined ? "a text that is not empty" : undefined;
  const size = noun ?? `a text${sizeWords(node.minLength, node.maxLength, "character", "characters")}`;
  return node.pattern === undefined || node.description ? size : `${size} that matches /${node.pattern}/`;
}

function listItems(node: Json): string {
  const words = typeof node.items === "object" && !Array.isArray(node.items) ? inWords(node.items) : undefined;
  return words === undefined ? "" : `, each ${words}`;
}

function sizeWords(min: number | undefined, max: number | undefined, one: string, many: string): string {
  const count = (size: number) => `${size} ${size === 1 ? one : many}`;
  if (min === undefined) return max === undefined ? "" : ` of at most ${count(max)}`;
  if (max === undefined) return ` of at least ${count(min)}`;
  return min === max ? ` of ${count(max)}` : ` of ${min} to ${count(max)}`;
}

function numberWords(noun: string, node: Json): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = node;
  // zod bounds every whole number by what a number can hold; that is no news to the reader.
  const min = minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum;
  const max = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  const range = min !== undefined && max !== undefined;
  const bounds = [
    range || min === undefined ? undefined : `at least ${min}`,
    range || max === undefined ? undefined : `at most ${max}`,
    typeof exclusiveMinimum === "number" ? `above ${exclusiveMinimum}` : undefined,
    typeof exclusiveMaximum === "number" ? `below ${exclusiveMaximum}` : undefined,
    multipleOf === undefined ? undefined : `a multiple of ${multipleOf}`,
  ].filter((bound) => bound !== undefined);
  return [range ? `${noun} from ${min} to ${max}` : noun, ...bounds].join(", ");
}

function oneOf(values: readonly string[]): string {
  return values.length === 1 ? values.join() : `one of ${values.join(", ")}`;
}

function joined(words: readonly (string | undefined)[]): string | undefined {
  const known = new Set(words.filter((word) => word !== undefined));
  return known.size === 0 ? undefined : [...known].join(" or ");
}
