import type { Manifest } from "../lib/workspace.ts";

/** The package.json to publish: exports and programs point to the built files, what only development needs is gone. */
export function publishedManifest(manifest: Manifest): object {
  const { devDependencies: _development, scripts: _scripts, exports = {}, bin, ...rest } = manifest;
  return {
    ...rest,
    exports: mapValues(exports, publishedExport),
    ...(bin && { bin: mapValues(bin, builtFile) }),
    files: ["dist", "gen", "proto", "template"],
  };
}

function publishedExport(target: string): string | { types: string; default: string } {
  const built = builtFile(target);
  return built === target ? target : { types: built.replace(/\.js$/, ".d.ts"), default: built };
}

/** `./src/a.ts` and `./src/a.js` as they are published, `./dist/a.js`; other files stay where they are. */
function builtFile(file: string): string {
  return file.replace(/^\.\/src\/(.*)\.[jt]s$/, "./dist/$1.js");
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
