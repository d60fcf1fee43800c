import { expect, test } from "vitest";
import { publishedManifest } from "./published-manifest.ts";

test("exports and programs point to what is built, the rest stays", () => {
  expect(
    publishedManifest({
      name: "x",
      version: "1.2.3",
      exports: { ".": "./src/index.ts", "./deep": "./src/a/deep.ts", "./gen/*": "./gen/*" },
      bin: { x: "./src/main.ts", y: "./src/other.js" },
      dependencies: { y: "1" },
      devDependencies: { z: "1" },
      scripts: { test: "x" },
    }),
  ).toEqual({
    name: "x",
    version: "1.2.3",
    exports: {
      ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
      "./deep": { types: "./dist/a/deep.d.ts", default: "./dist/a/deep.js" },
      "./gen/*": "./gen/*",
    },
    bin: { x: "./dist/main.js", y: "./dist/other.js" },
    dependencies: { y: "1" },
    files: ["dist", "gen", "proto", "template"],
  });
});
