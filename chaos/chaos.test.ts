import { findProgram, findServicesDir } from "@m3game/testing/services";
import { describe, expect, test } from "vitest";
import { parseOptions } from "./options.ts";
import { runSeed } from "./run/run-seed.ts";

describe("a cluster that is broken", () => {
  const hasEtcd = findProgram("etcd", findServicesDir()) !== undefined;

  // In CI a missing etcd is a failure, which the start then names.
  test.skipIf(!hasEtcd && !process.env.CI)("keeps what was promised, ten times", { timeout: 600_000 }, async () => {
    const seeds = Array.from({ length: 10 }, (_, index) => index + 1);
    // A run mostly waits, so two go on at a time.
    const lane = async () => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
        expect(await runSeed(seed, undefined)).toMatchObject({ problems: [] });
      }
    };
    await Promise.all([lane(), lane()]);
  });
});

describe("the command line", () => {
  test("takes a seed, a number of runs and a directory", () => {
    expect(parseOptions(["--seed", "7", "--runs", "3", "--keep", "logs"], 1)).toEqual({
      ...{ seed: 7, runs: 3, keep: "logs" },
    });
    expect(parseOptions([], 5)).toEqual({ seed: 5, runs: 1, keep: undefined });
  });

  test("says what is wrong", () => {
    expect(() => parseOptions(["--runs", "many"], 1)).toThrow('--runs takes a whole number, not "many"');
  });
});
