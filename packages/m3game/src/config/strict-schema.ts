import { z } from "zod";
import { schemaDef } from "./schema-def.ts";

type Schema = z.core.$ZodType;

/**
 * The same schema, with every object of it refusing unknown keys; objects that say what further keys may hold (`loose`,
 * `catchall`) stay as they are. What comes out of a transform is not looked at.
 */
export function strictSchema<S extends Schema>(schema: S): S {
  return rewrite(schema, new Map());
}

function rewrite<S extends Schema>(schema: S, done: Map<Schema, () => Schema>): S;
function rewrite(schema: Schema, done: Map<Schema, () => Schema>): Schema {
  const known = done.get(schema);
  if (known) return known();
  let result: Schema | undefined;
  // A schema that contains itself: look it up when it is used, then it is there.
  done.set(schema, () => result ?? z.lazy(() => result ?? schema));
  result = rewriteInner(schema, (inner) => rewrite(inner, done));
  return result;
}

function rewriteInner(schema: Schema, inner: <T extends Schema>(schema: T) => T): Schema {
  const def = schemaDef(schema);
  const changed = <D extends z.core.$ZodTypeDef>(newDef: D) => z.clone(schema, newDef);
  switch (def.type) {
    case "object": {
      const shape = Object.fromEntries(Object.entries(def.shape).map(([key, field]) => [key, inner(field)]));
      return changed({ ...def, shape, catchall: def.catchall ?? z.never() });
    }
    case "array":
      return changed({ ...def, element: inner(def.element) });
    case "tuple":
      return changed({ ...def, items: def.items.map(inner), rest: def.rest && inner(def.rest) });
    case "record":
      return changed({ ...def, valueType: inner(def.valueType) });
    case "union":
      return changed({ ...def, options: def.options.map(inner) });
    case "intersection":
      return changed({ ...def, left: inner(def.left), right: inner(def.right) });
    case "lazy":
      return z.lazy(() => inner(def.getter()));
    case "pipe":
      // After a transform (`preprocess`) the config's own shape is the second part.
      return changed(
        schemaDef(def.in).type === "transform" ? { ...def, out: inner(def.out) } : { ...def, in: inner(def.in) },
      );
    case "optional":
    case "nullable":
    case "nonoptional":
    case "default":
    case "prefault":
    case "catch":
    case "readonly":
      return changed({ ...def, innerType: inner(def.innerType) });
    default:
      return schema;
  }
}
