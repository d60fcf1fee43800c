import type { PluginKind } from "m3game";
import { pluginTables } from "m3game/internal";
import { embeddedTemplates } from "./embedded-templates.ts";
import { type KindTemplate, namesOf } from "./kind-template.ts";
import { skeletonTemplates } from "./skeleton-templates.ts";

/** The files of a new package, by their paths. */
export type Files = Readonly<Record<string, string>>;

export interface PluginName {
  readonly kind: PluginKind;
  /** `redis` of `broker_redis`. */
  readonly technology: string;
  /** The version of the framework that the plugin is for. */
  readonly version: string;
}

/** What is special in a plugin of each kind. */
export const kindTemplates: Readonly<Record<PluginKind, KindTemplate>> = { ...embeddedTemplates, ...skeletonTemplates };

/**
 * A package that compiles, with the conformance test of its kind. `src/connect.ts` is to be replaced: of the kinds that have an
 * embedded plugin, that one stands for the server there and the test passes; of the others it says what is missing.
 */
export function pluginFiles({ kind, technology, version }: PluginName): Files {
  const template = kindTemplates[kind];
  const names = namesOf(kind, technology);
  const { name, exported, configType, packageName } = names;
  const section = `[[Plugin.${pluginTables[kind]}.${name}]]`;
  const keys = template.keys.map(({ key, sample }) => `${key} = ${JSON.stringify(sample)}\n`).join("");
  return {
    "package.json": json({
      name: packageName,
      version: "0.1.0",
      type: "module",
      sideEffects: false,
      exports: { ".": { types: "./dist/index.d.ts", default: "./dist/index.js" } },
      files: ["dist"],
      scripts: { test: "vitest run", check: "tsc -p . --noEmit", build: "tsc -p ." },
      peerDependencies: { m3game: `^${version}` },
      dependencies: { zod: "^4.6.7" },
      devDependencies: {
        ...{ "@m3game/testing": `^${version}`, "@types/node": "^24.0.0" },
        ...{ m3game: `^${version}`, typescript: "^7.0.2", vitest: "^5.1.1" },
      },
    }),
    "tsconfig.json": json({
      compilerOptions: {
        ...{ target: "es2024", lib: ["es2024", "esnext.disposable"], module: "nodenext", types: ["node"] },
        ...{ strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true },
        ...{ verbatimModuleSyntax: true, erasableSyntaxOnly: true, skipLibCheck: true },
        ...{ allowImportingTsExtensions: true, rewriteRelativeImportExtensions: true, declaration: true },
        ...{ rootDir: "src", outDir: "dist" },
      },
      include: ["src"],
    }),
    "README.md": `# ${packageName}

A ${kind} plugin for m3game.

\`\`\`toml
${section}
${keys}\`\`\`

\`\`\`ts
import { ${exported} } from "${packageName}";

export default defineApp({ func: "simple", servers: [], plugins: [${exported}] });
\`\`\`

\`npm test\` checks it against the contract, \`npm run check\` its types, \`npm run build\` makes what is published.

## What is still to be written

${template.next}
`,
    "src/config.ts": `import { z } from "zod";

/** The section \`${section}\`. */
export const ${exported}Config = z.object({
${template.keys.map(({ key, says, schema }) => `  /** ${says} */\n  ${key}: ${schema},\n`).join("")}});

export type ${configType} = z.output<typeof ${exported}Config>;
`,
    "src/index.ts": `import { definePlugin } from "m3game";
import { ${exported}Config } from "./config.ts";
import { connect } from "./connect.ts";

/** Rejects with PLUGIN_FAILED and one clear line when it can't work. */
export const ${exported} = definePlugin({
  kind: "${kind}",
  name: "${name}",
  config: ${exported}Config,
  create: connect,
});

export default ${exported};
`,
    "src/connect.ts": template.connect(names),
    "test/conformance.test.ts": template.test(names),
  };
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
