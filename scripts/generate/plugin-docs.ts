import { basename } from "node:path";
import { type InstalledPlugin, installedPlugins } from "@m3game/cli";
import { pluginTables } from "m3game/internal";
import { root } from "../lib/root.ts";
import { readWorkspace } from "../lib/workspace.ts";
import { keyTable, readComments, writePage } from "./key-table.ts";

/** Where the pages are, relative to the root. */
const folder = "docs/plugins";

/** Writes docs/plugins/<kind>.md for each kind. Returns the files that changed. Throws for a key that nothing explains. */
export async function writePluginDocs(): Promise<readonly string[]> {
  const { plugins, broken } = await installedPlugins(root);
  if (broken.length > 0)
    throw new Error(broken.map(({ packageName, problem }) => `${packageName}: ${problem}`).join("\n"));
  const kinds = Map.groupBy(plugins, ({ definition }) => definition.kind);
  const changed = await Promise.all(
    Array.from(kinds, ([kind, all]) => writePage(`${folder}/${kind}.md`, page(kind, all))),
  );
  return changed.flat();
}

function page(kind: string, plugins: readonly InstalledPlugin[]): readonly string[] {
  const contract = `packages/m3game/src/plugin/${kind}.ts`;
  return [
    `# Plugins of the kind ${kind}`,
    `What every one of them promises: [the contract](../../${contract}). Made by \`npm run generate\` from the schemas of the plugins.`,
    ...plugins.map(section),
  ];
}

function section({ packageName, definition }: InstalledPlugin): string {
  const { name, kind, aliases = [] } = definition;
  const where =
    packageName === ""
      ? "Embedded in the runtime."
      : `Package [\`${packageName}\`](../../plugins/${basename(packageName)}).`;
  const also =
    aliases.length > 0 ? ` A config may call it ${aliases.map((alias) => `\`${alias}\``).join(", ")} as well.` : "";
  const comments = readComments(sourceFolders(packageName).map((source) => `${source}/**/*.ts`));
  const table = keyTable(name, definition.config, comments);
  return [`## ${name}`, `${where}${also}`, `\`[[Plugin.${pluginTables[kind]}.${name}]]\``, table].join("\n\n");
}

/** Those of the package itself come last: what it says of a key counts. */
function sourceFolders(packageName: string): readonly string[] {
  if (packageName === "") return ["packages/m3game/src/plugin/memory"];
  const all = readWorkspace(root);
  const own = all.filter(({ name }) => name === packageName);
  const used = own.flatMap(({ manifest }) => Object.keys(manifest.dependencies ?? {}));
  const shared = all.filter(({ name }) => name.startsWith("@m3game/") && used.includes(name));
  return [...shared, ...own].map(({ folder }) => `${folder}/src`);
}
