import { z } from "zod";

/** The definition of a schema, told apart by its `type`. */
export function schemaDef(schema: z.core.$ZodType): z.core.$ZodTypes["_zod"]["def"] {
  // zod's documented way to inspect schemas: $ZodTypes is the union of all that exist.
  return (schema as z.core.$ZodTypes)._zod.def;
}

/** True when the schema itself is marked with `secret()`. */
export function isSecret(schema: z.core.$ZodType): boolean {
  return z.globalRegistry.get(schema)?.secret === true;
}
