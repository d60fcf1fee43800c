import { defineResource, jsonResource } from "m3game";
import { z } from "zod";

const titleTable = z.strictObject({
  TitleCfgs: z.array(z.strictObject({ Level: z.int().min(1), Title: z.string().min(1) })).min(1),
});

/** The title of a level: that of the highest row which the level has reached, none below the first. */
export const titles = defineResource({
  name: "titles",
  file: "titlecfg.json",
  parse: jsonResource(titleTable),
  build({ TitleCfgs }) {
    const fromHighest = TitleCfgs.toSorted((a, b) => b.Level - a.Level);
    return (level: number) => fromHighest.find((row) => row.Level <= level)?.Title ?? "";
  },
});
