import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { build } from "vite";
import { expect, test } from "vitest";

const limitBytes = 30_000;
const entry = "virtual:entry";

/** The code of a bundle that holds what this module needs, minified. */
async function bundle(source: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: "silent",
    root: import.meta.dirname,
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === entry ? entry : null),
        load: (id) => (id === entry ? source : null),
      },
    ],
    build: { write: false, minify: true, rollupOptions: { input: entry, preserveEntrySignatures: "strict" } },
  });
  if (!("output" in result)) throw new Error("vite built no single bundle");
  return result.output.flatMap((chunk) => (chunk.type === "chunk" ? [chunk.code] : [])).join("");
}

const game = `
  import { connect } from "@m3game/client";
  import { MultiSer } from "@m3game/examples/gen/multi_pb.js";
  export const hello = async (url, token) => (await connect(url, { token })).service(MultiSer).hello({ req: "you" });
`;

test("a game with one service takes at most 30 kB, minified and gzipped, with protobuf-es", async () => {
  const code = await bundle(game);
  const { length } = await promisify(gzip)(code);
  expect(length).toBeLessThanOrEqual(limitBytes);
  // It is all there.
  expect(code).toContain("WebSocket");
  expect(length).toBeGreaterThan(10_000);
});
