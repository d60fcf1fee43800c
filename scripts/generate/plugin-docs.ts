import { globSync, readFileSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { type InstalledPlugin, installedPlugins } from "@m3game/cli";
import { type ConfigKey, configKeys } from "m3game/internal";
import { root } from "../lib/root.ts";
import { readWorkspace } from "../lib/workspace.ts";

/** Where the pages are, relative to the root. */
export const folder = "docs/plugins";

/** Writes docs/plugins/<kind>.md for each kind. Returns the files that changed. Throws for a key that nothing explains. */
export async function writePluginDocs(): Promise<readonly string[]> {
  const { plugins, broken } = await installedPlugins(root);
  if (broken.length > 0)
    throw new Error(broken.map(({ packageName, problem }) => `${packageName}: ${problem}`).join("\n"));
  await mkdir(join(root, folder), { recursive: true });
  const changed: string[] = [];
  for (const [kind, ofKind] of Map.groupBy(plugins, ({ definition }) => definition.kind)) {
    const file = join(folder, `${kind}.md`);
    const text = page(kind, ofKind);
    const before = await readFile(join(root, file), "utf8").catch(() => "");
    if (before === text) continue;
    await writeFile(join(root, file), text);
    changed.push(file);
  }
  return changed;
}

function page(kind: string, plugins: readonly InstalledPlugin[]): string {
  const contract = `packages/m3game/src/plugin/${kind}.ts`;
  return [
    `# Plugins of the kind ${kind}`,
    `What every one of them promises: [the contract](../../${contract}). Made by \`npm run generate\` from the schemas of the plugins.`,
    ...plugins.map(section),
    "",
  ].join("\n\n");
}

function section({ packageName, definition }: InstalledPlugin): string {
  const { name, kind, aliases = [] } = definition;
  const where =
    packageName === ""
      ? "Embedded in the runtime."
      : `Package [\`${packageName}\`](../../plugins/${basename(packageName)}).`;
  const also =
    aliases.length > 0 ? ` A config may call it ${aliases.map((alias) => `\`${alias}\``).join(", ")} as well.` : "";
  const keys = configKeys(definition.config);
  const comments = readComments(packageName);
  const table =
    keys.length === 0
      ? "Its section has no keys."
      : [
          "| key | value | default | |",
          "| --- | --- | --- | --- |",
          ...keys.map((key) => row(name, key, comments)),
        ].join("\n");
  return [`## ${name}`, `${where}${also}`, `\`[[Plugin.${tableNames[kind]}.${name}]]\``, table].join("\n\n");
}

const tableNames: Readonly<Record<InstalledPlugin["definition"]["kind"], string>> = {
  ...{ log: "Log", metric: "Metric", trace: "Trace", shape: "Shape", script: "Script", lease: "Lease" },
  ...{ db: "DB", gate: "Gate", broker: "Broker", router: "Router", trans: "Trans" },
};

function row(plugin: string, { key, allowed, fallback, isRequired, isSecret }: ConfigKey, comments: Comments): string {
  const last = key.slice(key.lastIndexOf(".") + 1);
  const comment = comments.get(last);
  if (comment === undefined) {
    throw new Error(`${plugin}: nothing explains ${key}: write a comment /** … */ above it in its schema`);
  }
  const value = isSecret ? `${allowed}, kept secret` : allowed;
  const table = key.slice(0, Math.max(0, key.lastIndexOf(".")));
  const required = table === "" ? "must be given" : `must be given with \`${table}\``;
  const standard = isRequired ? required : fallback === undefined ? "" : `\`${fallback}\``;
  return `| \`${key}\` | ${[value, standard, comment].map(cell).join(" | ")} |`;
}

type Comments = ReadonlyMap<string, string>;

/** The comment above each key in the sources of a plugin, by the key: schemas don't hold them at run time. */
function readComments(packageName: string): Comments {
  const comments = new Map<string, string>();
  for (const file of sourceFolders(packageName).flatMap((source) =>
    globSync(`${source}/**/*.ts`, { cwd: root }).sort(),
  )) {
    const text = readFileSync(join(root, file), "utf8");
    for (const [, comment = "", key = ""] of text.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*([A-Z]\w*):/g)) {
      comments.set(key, comment.replaceAll(/\s*\n\s*\*?\s*/g, " ").trim());
    }
  }
  return comments;
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

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
