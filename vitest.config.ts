import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "{packages,plugins}/*/{src,test,template}/**/*.test.ts",
      "{examples,demo,scripts,bench,chaos,drill}/**/*.test.ts",
    ],
    exclude: ["**/node_modules/**", "**/dist/**"],
    pool: "forks",
    // Threads that start from source, of leases, scripts and stores, each strip types in WebAssembly. Where one of them has V8 compile a
    // wrapper for calls out of it while others end, that may end the whole process: https://github.com/nodejs/node/issues/64500.
    // It never does after so many calls.
    execArgv: ["--wasm-wrapper-tiering-budget=1000000000"],
    // Tests wait for other processes more than they compute: two at a time also on two cores.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // What a busy machine may need; none is meant to take so long.
    testTimeout: 60_000,
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 60_000,
    coverage: {
      provider: "v8",
      include: ["packages/m3game/src/**/*.ts"],
      exclude: ["**/*.test.ts"],
      thresholds: { lines: 90 },
    },
  },
});
