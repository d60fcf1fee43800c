import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path/posix";

/** One line per plugin package that does not run the conformance suite of its kind, `run<Kind>Conformance`. */
export function checkConformance(root: string): readonly string[] {
  const problems: string[] = [];
  for (const manifest of globSync("plugins/*/package.json", { cwd: root }).sort()) {
    const folder = manifest.slice(0, -"/package.json".length);
    const suite = suiteOf(folder);
    const tests = globSync(`${folder}/{src,test}/**/*.test.ts`, { cwd: root });
    const runs = tests.some((file) => readFileSync(join(root, file), "utf8").includes(`${suite}(`));
    if (!runs) problems.push(`${folder} has no conformance run: call ${suite} of @m3game/testing in a test of it`);
  }
  return problems;
}

/** `plugins/router-consul` has to run `runRouterConformance`. */
function suiteOf(folder: string): string {
  const [kind = ""] = basename(folder).split("-");
  return `run${kind.charAt(0).toUpperCase()}${kind.slice(1)}Conformance`;
}
