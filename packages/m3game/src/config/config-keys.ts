import { z } from "zod";
import { allowedBy } from "./allowed.ts";
import { isSecret, schemaDef } from "./schema-def.ts";

/** One key of a section. */
export interface ConfigKey {
  /** `Host`, within a table of the section `Tls.CertFile`. */
  readonly key: string;
  /** What may stand there, in words; empty when the schema can't say. */
  readonly allowed: string;
  /** What counts without it, as TOML writes it; undefined for nothing. */
  readonly fallback: string | undefined;
  /** The section is refused without it; a table within the section, where the key is in one. */
  readonly isRequired: boolean;
  /** Marked by `secret()`. */
  readonly isSecret: boolean;
}

/** The keys that a section may have, as its schema says, tables within it taken apart. */
export function configKeys(schema: z.ZodType): readonly ConfigKey[] {
  const shape = shapeOf(schema);
  if (shape === undefined) return [];
  const [input, output] = [allowedBy(schema), allowedBy(schema, "output")];
  const defaults = schema.safeParse({});
  return Object.entries(shape).flatMap(([key, field]) => {
    const inner = tableIn(field);
    if (inner !== undefined) return configKeys(inner).map((each) => ({ ...each, key: `${key}.${each.key}` }));
    const fallback = defaults.success ? read(defaults.data, key) : read(schemaDefault(field), "value");
    return [
      {
        key,
        allowed: input.value([key]) ?? output.value([key]) ?? "",
        fallback: fallback === undefined ? undefined : toToml(fallback),
        isRequired: !z.safeParse(field, undefined).success,
        isSecret: secretIn(field),
      },
    ];
  });
}

type Schema = z.core.$ZodType;

function shapeOf(schema: Schema): Readonly<Record<string, Schema>> | undefined {
  const def = schemaDef(schema);
  return def.type === "object" ? def.shape : undefined;
}

/** The schema within what only says whether it must be there. */
function unwrapped(schema: Schema): Schema {
  const def = schemaDef(schema);
  return def.type === "optional" || def.type === "default" || def.type === "prefault"
    ? unwrapped(def.innerType)
    : schema;
}

function tableIn(schema: Schema): z.ZodType | undefined {
  const inner = unwrapped(schema);
  return inner instanceof z.ZodObject ? inner : undefined;
}

function secretIn(schema: Schema): boolean {
  return isSecret(schema) || isSecret(unwrapped(schema));
}

function schemaDefault(schema: Schema): unknown {
  const parsed = z.safeParse(schema, undefined);
  return parsed.success ? { value: parsed.data } : undefined;
}

function read(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
}

function toToml(value: unknown): string {
  return Array.isArray(value) ? `[${value.map(toToml).join(", ")}]` : JSON.stringify(value);
}
