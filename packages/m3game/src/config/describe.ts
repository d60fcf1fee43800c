import type { z } from "zod";
import { isSecret, schemaDef } from "./schema-def.ts";

type Schema = z.core.$ZodType;

const hidden = "***";

/**
 * A copy of a checked config for printing: what the schema marks with `secret()` is `***`, at any depth, and so are user
 * and password in URLs. What a transform made of something that holds a secret is hidden as a whole.
 */
export function describeConfig(schema: z.ZodType, value: unknown): unknown {
  return redact(schema, value, "output");
}

/** The same for either side of the schema: a config as it was written (`input`) or as it was checked (`output`). */
export function redact(schema: Schema, value: unknown, side: "input" | "output"): unknown {
  if (value === undefined) return undefined;
  if (isSecret(schema)) return hidden;
  const inner = (next: Schema) => redact(next, value, side);
  const def = schemaDef(schema);
  switch (def.type) {
    case "object":
      return mapEntries(value, (key, field) => {
        const fieldSchema = Object.hasOwn(def.shape, key) ? def.shape[key] : def.catchall;
        return fieldSchema ? redact(fieldSchema, field, side) : plain(field);
      });
    case "record":
      return mapEntries(value, (_key, field) => redact(def.valueType, field, side));
    case "array":
      return mapList(value, (entry) => redact(def.element, entry, side));
    case "tuple":
      return mapList(value, (entry, index) => {
        const entrySchema = def.items[index] ?? def.rest;
        return entrySchema ? redact(entrySchema, entry, side) : plain(entry);
      });
    case "union":
      // Hidden when any alternative hides it: which one was meant is not known for a wrong value.
      return def.options.reduce((shown: unknown, option) => redact(option, shown, side), value);
    case "intersection":
      return redact(def.right, inner(def.left), side);
    case "lazy":
      return inner(def.getter());
    case "pipe":
      if (side === "input") return inner(schemaDef(def.in).type === "transform" ? def.out : def.in);
      return holdsSecret(def.in) && !holdsSecret(def.out) ? hidden : inner(def.out);
    case "optional":
    case "nullable":
    case "nonoptional":
    case "default":
    case "prefault":
    case "catch":
    case "readonly":
      return inner(def.innerType);
    default:
      return plain(value);
  }
}

function holdsSecret(schema: Schema, seen = new Set<Schema>()): boolean {
  if (isSecret(schema)) return true;
  if (seen.has(schema)) return false;
  seen.add(schema);
  return parts(schema).some((part) => holdsSecret(part, seen));
}

function parts(schema: Schema): readonly Schema[] {
  const def = schemaDef(schema);
  switch (def.type) {
    case "object":
      return [...Object.values(def.shape), ...(def.catchall ? [def.catchall] : [])];
    case "record":
      return [def.valueType];
    case "array":
      return [def.element];
    case "tuple":
      return [...def.items, ...(def.rest ? [def.rest] : [])];
    case "union":
      return def.options;
    case "intersection":
      return [def.left, def.right];
    case "lazy":
      return [def.getter()];
    case "pipe":
      return [def.in, def.out];
    case "optional":
    case "nullable":
    case "nonoptional":
    case "default":
    case "prefault":
    case "catch":
    case "readonly":
      return [def.innerType];
    default:
      return [];
  }
}

/** A deep copy of what no schema describes. */
function plain(value: unknown): unknown {
  if (typeof value === "string") return value.replace(/\/\/[^/\s]*@/g, `//${hidden}@`);
  if (Array.isArray(value)) return value.map(plain);
  return isRecord(value) ? mapEntries(value, (_key, field) => plain(field)) : value;
}

function mapList(value: unknown, map: (entry: unknown, index: number) => unknown): unknown {
  return Array.isArray(value) ? value.map(map) : plain(value);
}

function mapEntries(value: unknown, map: (key: string, field: unknown) => unknown): unknown {
  if (!isRecord(value)) return plain(value);
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, map(key, field)]));
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
