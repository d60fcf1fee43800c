/** The files of a new package, by their paths. */
export type Files = Readonly<Record<string, string>>;

/** The kinds of plugins that have a template: those with an embedded one that stands for the server at first. */
export const templateKinds = ["router", "broker"] as const;

export type TemplateKind = (typeof templateKinds)[number];

export interface PluginName {
  readonly kind: TemplateKind;
  /** `redis` of `broker_redis`. */
  readonly technology: string;
  /** The version of the framework that the plugin is for. */
  readonly version: string;
}

/**
 * A package that works from the start and passes its conformance test: `src/connect.ts` has what is embedded in the
 * runtime stand for the server, and is to be replaced.
 */
export function pluginFiles({ kind, technology, version }: PluginName): Files {
  const name = `${kind}_${technology}`;
  const title = capital(kind);
  const exported = name.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  const packageName = `m3game-${name.replaceAll("_", "-")}`;
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
[[Plugin.${title}.${name}]]
Address = "127.0.0.1:1234"
\`\`\`

\`\`\`ts
import { ${exported} } from "${packageName}";

export default defineApp({ func: "simple", servers: [], plugins: [${exported}] });
\`\`\`

\`npm test\` checks it against the contract, \`npm run check\` its types, \`npm run build\` makes what is published.
`,
    "src/config.ts": `import { z } from "zod";

/** The section \`[[Plugin.${title}.${name}]]\`. */
export const ${exported}Config = z.object({
  /** Address of the server, \`host:port\`. */
  Address: z.string().min(1).default("127.0.0.1:1234"),
});

export type ${capital(exported)}Config = z.output<typeof ${exported}Config>;
`,
    "src/index.ts": `import { definePlugin } from "m3game";
import { ${exported}Config } from "./config.ts";
import { connect } from "./connect.ts";

/** Rejects with PLUGIN_FAILED and one clear line when the server can't be reached. */
export const ${exported} = definePlugin({
  kind: "${kind}",
  name: "${name}",
  config: ${exported}Config,
  create: connect,
});

export default ${exported};
`,
    "src/connect.ts": `import { createMemoryHub, type MemoryHub, type PluginContext, type ${title}, ${kind}Memory } from "m3game";
import type { ${capital(exported)}Config } from "./config.ts";

// Stands for the servers until there is a client: replace all of this file. The conformance test says what is missing.
const servers = new Map<string, MemoryHub>();

export async function connect({ Address }: ${capital(exported)}Config, context: PluginContext): Promise<${title}> {
  const server = servers.get(Address) ?? createMemoryHub();
  servers.set(Address, server);
  return ${kind}Memory(server).create({}, context);
}
`,
    "test/conformance.test.ts": `import { run${title}Conformance } from "@m3game/testing";
import { ${exported} } from "../src/index.ts";

run${title}Conformance({
  name: "${name}",
  create: (context) => ${exported}.create(${exported}.config.parse({}), context),
});
`,
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
