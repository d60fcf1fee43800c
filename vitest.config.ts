import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "{packages,plugins}/*/{src,test,template}/**/*.test.ts",
      "{examples,demo,scripts,bench,chaos,drill}/**/*.test.ts",
    ],
    exclude: ["**/node_modules/**", "**/dist/**"],
    pool: "forks",
    // Threads that tests start take their code from the cache, stripped of its types. What strips types is WebAssembly, of which V8
    // may end the whole process when several threads run it: https://github.com/nodejs/node/issues/64500.
    env: { NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache") },
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
