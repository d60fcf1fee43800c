import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { PluginKind } from "m3game";
import { UsageError } from "../command.ts";
import { readVersion } from "../read-version.ts";
import type { KindTemplate } from "./kind-template.ts";
import { kindTemplates, pluginFiles } from "./plugin-template.ts";

/** Makes a package for a plugin in a folder of its own, and resolves with what to tell its owner. */
export async function newPlugin(name: string | undefined, parent: string): Promise<string> {
  if (name === undefined) throw new UsageError("which plugin? Name it <kind>_<technology>, such as broker_rabbit");
  const [, kind = "", technology = ""] = /^([a-z]+)_([a-z][a-z0-9]*)$/.exec(name) ?? [];
  if (!isKind(kind)) {
    throw new UsageError(`${name} is no <kind>_<technology>; the kinds are ${kindsThat(() => true)}`);
  }
  const folder = join(resolve(parent), `${kind}-${technology}`);
  if (existsSync(folder)) throw new UsageError(`${folder} is there already: remove it, or choose another name`);
  for (const [path, text] of Object.entries(pluginFiles({ kind, technology, version: await readVersion() }))) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return `${folder}\nNext: npm install there, and npm test. Then src/connect.ts: README.md says what.\n`;
}

function isKind(kind: string): kind is PluginKind {
  return Object.hasOwn(kindTemplates, kind);
}

/** The kinds whose template fits, as a text. */
export function kindsThat(fit: (template: KindTemplate) => boolean): string {
  const kinds = Object.entries(kindTemplates).filter(([, template]) => fit(template));
  return kinds.map(([kind]) => kind).join(", ");
}
