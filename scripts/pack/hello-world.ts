import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../lib/root.ts";

/** The files of the smallest project that uses m3game, as a user would write them. */
const files: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({ name: "hello", private: true, type: "module" }),
  "buf.yaml": "version: v2\nmodules:\n  - path: proto\n  - path: node_modules/m3game/proto\n",
  "buf.gen.yaml": `version: v2
inputs:
  - directory: proto
plugins:
  - local: protoc-gen-es
    out: gen
    opt: [target=js+dts, import_extension=js, "rewrite_imports=./m3/*_pb.js:m3game/gen"]
`,
  "tsconfig.json": JSON.stringify({
    compilerOptions: {
      target: "es2024",
      lib: ["es2024", "esnext.disposable"],
      module: "nodenext",
      types: ["node"],
      strict: true,
      exactOptionalPropertyTypes: true,
      verbatimModuleSyntax: true,
      allowImportingTsExtensions: true,
      noEmit: true,
    },
    include: ["*.ts"],
  }),
  "app.ts": `import { defineApp, multi } from "m3game";
import { SimpleSer } from "./gen/simple_pb.js";

const simpleSer = multi(SimpleSer, {
  helloWorld: (req) => ({ rsp: \`HelloWorld , \${req.req}\` }),
});
export default defineApp({ func: "simple", servers: [simpleSer] });
`,
  "call.ts": `import { startApp } from "m3game";
import app from "./app.ts";
import { SimpleSer } from "./gen/simple_pb.js";

await using handle = await startApp(app, { id: "example.world1.simple.1" });
const { rsp } = await handle.client(SimpleSer).helloWorld({ req: "x" });
console.log(rsp);
`,
  "simple.toml": `[[Plugin.Trans.trans_http2]]
Host = "127.0.0.1"
Port = 0

[[Plugin.Log.log_pino]]
LogLevel = "INFO"
`,
};

/** Writes the project into a folder that exists. */
export async function writeHelloWorld(folder: string): Promise<void> {
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
  await mkdir(join(folder, "proto"));
  await cp(join(root, "examples/proto/simple.proto"), join(folder, "proto/simple.proto"));
}
