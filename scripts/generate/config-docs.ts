import { actorConfig, gateConfig, optionSchemas } from "m3game/internal";
import type { z } from "zod";
import { keyTable, readComments, writePage } from "./key-table.ts";

const source = "packages/m3game/src";

/** Writes docs/config.md: the sections of a config that are no plugin's. Returns the files that changed. */
export function writeConfigDocs(): Promise<readonly string[]> {
  return writePage("docs/config.md", [
    "# The framework's own config",
    `The sections that are no plugin's; those of the plugins are [on other pages](plugins). The [guide](guide.md#config) says how a config is read
and overridden. Made by \`npm run generate\` from the schemas.`,
    ...Object.entries(optionSchemas).flatMap(([name, schema]) =>
      section(`Options.${name}`, schema, "config/options.ts"),
    ),
    ...section("Server.Actor", actorConfig, "server/actor/actor-config.ts"),
    ...section("Server.Gate", gateConfig, "gate/gate-config.ts"),
  ]);
}

function section(name: string, schema: z.ZodType, file: string): readonly string[] {
  return [`## ${name}`, `\`[[${name}]]\``, keyTable(name, schema, readComments([`${source}/${file}`]))];
}
