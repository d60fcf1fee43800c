import { z } from "zod";

/** A schema for a secret text: it is shown as `***` wherever a config is printed. */
export function secret(): z.ZodString {
  return z.string().meta({ secret: true });
}
