import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { PluginKind } from "m3game";
import { type CommandIo, ExitCode, UsageError } from "../command.ts";
import type { KindTemplate } from "../new/kind-template.ts";
import { kindTemplates, pluginFiles } from "../new/plugin-template.ts";
import { parseOptions } from "../parse-options.ts";
import { readVersion } from "../read-version.ts";

export const help = `m3 new plugin NAME [--in FOLDER]

Makes a package for a plugin of your own, in a folder of its own, with the
conformance test of its kind. It compiles. Where the runtime has an embedded
plugin of the kind it works from the start, and that one stands for the server
until you replace it; elsewhere the test says what is still to be written.

NAME is <kind>_<technology>: broker_rabbit. The kinds that work from the start:
${kindsThat(({ works }) => works)}.
The others: ${kindsThat(({ works }) => !works)}.

  --in FOLDER  where the package's folder is made; default: the current one
`;

export async function execute({ argv, stdout }: CommandIo): Promise<number> {
  const { values, positionals } = parseOptions(argv, { in: { type: "string" } });
  const [what, name, ...more] = positionals;
  if (what !== "plugin") throw new UsageError("what? m3 new plugin NAME is all there is");
  if (name === undefined) throw new UsageError("which plugin? Name it <kind>_<technology>, such as broker_rabbit");
  if (more.length > 0) throw new UsageError(`one plugin, please; ${more.join(" ")} is too much`);
  const [, kind = "", technology = ""] = /^([a-z]+)_([a-z][a-z0-9]*)$/.exec(name) ?? [];
  if (!isKind(kind)) {
    throw new UsageError(`${name} is no <kind>_<technology>; the kinds are ${kindsThat(() => true)}`);
  }
  const folder = join(resolve(values.in ?? "."), `${kind}-${technology}`);
  if (existsSync(folder)) throw new UsageError(`${folder} is there already: remove it, or choose another name`);
  for (const [path, text] of Object.entries(pluginFiles({ kind, technology, version: await readVersion() }))) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  stdout.write(`${folder}\nNext: npm install there, and npm test. Then src/connect.ts: README.md says what.\n`);
  return ExitCode.OK;
}

function isKind(kind: string): kind is PluginKind {
  return Object.hasOwn(kindTemplates, kind);
}

function kindsThat(fit: (template: KindTemplate) => boolean): string {
  const kinds = Object.entries(kindTemplates).filter(([, template]) => fit(template));
  return kinds.map(([kind]) => kind).join(", ");
}
