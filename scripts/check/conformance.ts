import { globSync, readFileSync } from "node:fs";
import { join } from "node:path/posix";

/** The suite that every plugin package of a kind must run in one of its tests. */
const suites = {
  router: "runRouterConformance",
  broker: "runBrokerConformance",
  trans: "runTransConformance",
  db: "runDbConformance",
  lease: "runLeaseConformance",
  shape: "runShapeConformance",
} as const;

/** One line per plugin package that does not run the conformance suite of its kind. */
export function checkConformance(root: string): readonly string[] {
  const problems: string[] = [];
  for (const [kind, suite] of Object.entries(suites)) {
    for (const manifest of globSync(`plugins/${kind}-*/package.json`, { cwd: root }).sort()) {
      const folder = manifest.slice(0, -"/package.json".length);
      const tests = globSync(`${folder}/{src,test}/**/*.test.ts`, { cwd: root });
      const runs = tests.some((file) => readFileSync(join(root, file), "utf8").includes(`${suite}(`));
      if (!runs) problems.push(`${folder} has no conformance run: call ${suite} of @m3game/testing in a test of it`);
    }
  }
  return problems;
}
