import { resolve } from "node:path";
import { type ConfigKey, configKeys } from "m3game/internal";
import { type CommandIo, ExitCode, UsageError } from "../command.ts";
import { type InstalledPlugin, installedPlugins } from "../load/installed-plugins.ts";
import { parseOptions } from "../parse-options.ts";

export const help = `m3 plugins [NAME]

Lists the plugins that a config may name: those embedded in the runtime, and
those of the installed packages @m3game/<kind>-<technology>, each with its
version and the keys of its section. With a NAME, such as trans_tcp, what each
key may be and what counts without it.

  --in FOLDER  looks from this folder; default: the current one
`;

export async function execute({ argv, stdout, stderr }: CommandIo): Promise<number> {
  const { values, positionals } = parseOptions(argv, { in: { type: "string" } });
  const [name, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`one plugin, please; ${more.join(" ")} is too much`);
  const { plugins, broken } = await installedPlugins(resolve(values.in ?? "."));
  if (name !== undefined) {
    const found = plugins.find(({ definition }) => definition.name === name || definition.aliases?.includes(name));
    if (found === undefined) {
      const names = plugins.map(({ definition }) => definition.name).join(", ");
      throw new UsageError(`plugin ${name} is not installed; there are ${names}`);
    }
    stdout.write(describe(found));
    return ExitCode.OK;
  }
  stdout.write(plugins.map(summarize).join(""));
  for (const { packageName, problem } of broken) stderr.write(`m3 plugins: ${packageName} can't be used: ${problem}\n`);
  return broken.length > 0 ? ExitCode.FAILED : ExitCode.OK;
}

function summarize(plugin: InstalledPlugin): string {
  const keys = configKeys(plugin.definition.config).map(({ key }) => key);
  return `${title(plugin)}\n  ${keys.join(", ") || "no keys"}\n`;
}

function describe(plugin: InstalledPlugin): string {
  const keys = configKeys(plugin.definition.config);
  return `${title(plugin)}\n${keys.map((key) => `  ${describeKey(key)}\n`).join("")}`;
}

function title({ packageName, version, definition: { name, aliases = [] } }: InstalledPlugin): string {
  const also = aliases.length > 0 ? ` (also ${aliases.join(", ")})` : "";
  return `${name}${also}  ${version}  ${packageName || "embedded"}`;
}

function describeKey({ key, allowed, fallback, isRequired, isSecret }: ConfigKey): string {
  const table = key.slice(0, Math.max(0, key.lastIndexOf(".")));
  const notes = [
    allowed,
    isSecret && "secret",
    isRequired && (table === "" ? "required" : `required with ${table}`),
    fallback !== undefined && `default ${fallback}`,
  ];
  return `${key}: ${notes.filter(Boolean).join("; ")}`;
}
