import { existsSync, globSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path/posix";
import { packageOf, readWorkspace, type WorkspacePackage } from "../lib/workspace.ts";
import { findCycles } from "./cycles.ts";
import { exportedFile } from "./exported-file.ts";
import { readImports } from "./imports.ts";
import { layerProblem } from "./layers.ts";
import { unusedDependencies } from "./unused-dependencies.ts";

/**
 * Checks the direction of all dependencies of a checkout: layers, cycles between files, imports across packages,
 * undeclared and unused dependencies. Returns one line per problem.
 */
export function checkDependencies(root: string): readonly string[] {
  const packages = readWorkspace(root);
  const problems: string[] = [];
  const graph = new Map<string, Set<string>>();
  const imported = new Map<string, Set<string>>(packages.map(({ name }) => [name, new Set()]));

  for (const file of sourceFiles(root)) {
    const owner = packageOf(packages, file);
    const targets = new Set<string>();
    for (const { specifier, line } of readImports(readFileSync(join(root, file), "utf8"))) {
      const report = (text: string) => problems.push(`${file}:${line} imports ${specifier}: ${text}`);
      if (specifier.startsWith("node:") || isBuiltin(specifier)) continue;
      if (!specifier.startsWith(".")) imported.get(owner.name)?.add(packageName(specifier));
      if (isGenerated(file)) continue;
      const target = specifier.startsWith(".")
        ? checkRelative(root, packages, owner, file, specifier, report)
        : checkPackage(packages, owner, file, specifier, report);
      if (target !== undefined) targets.add(target);
    }
    graph.set(file, targets);
  }

  for (const cycle of findCycles(graph)) problems.push(`Import cycle: ${[...cycle, cycle[0]].join(" -> ")}`);
  for (const owner of packages) {
    problems.push(...unusedDependencies(root, packages, owner, imported.get(owner.name) ?? new Set()));
  }
  return problems;
}

function sourceFiles(root: string): readonly string[] {
  const skipped = new Set(["node_modules", "dist", "coverage", "bench/peers"]);
  const files = globSync("{packages,plugins,examples,demo,scripts,bench}/**/*.{ts,js,mjs}", {
    cwd: root,
    exclude: (path) => skipped.has(path) || skipped.has(path.slice(path.lastIndexOf("/") + 1)),
  });
  return [...files, ...globSync("*.{ts,js,mjs}", { cwd: root })].sort();
}

const isGenerated = (file: string) => /(^|\/)gen\//.test(file);
/** Also the config of a tool: neither is part of what is published. */
const isTest = (file: string) => /\.(test|config)\.ts$|(^|\/)test\//.test(file);

/** The name of a package in an import: `@m3game/cli/run` is in `@m3game/cli`. */
function packageName(specifier: string): string {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}

type Report = (text: string) => void;

function checkRelative(
  root: string,
  packages: readonly WorkspacePackage[],
  owner: WorkspacePackage,
  file: string,
  specifier: string,
  report: Report,
): string | undefined {
  const target = join(dirname(file), specifier);
  if (target.startsWith("..") || packageOf(packages, target) !== owner) {
    report("a relative path into another package; import it by its package name");
  } else if (!existsSync(join(root, target))) {
    report("there is no such file");
  } else {
    const problem = isTest(file) ? undefined : layerProblem(file, target);
    if (problem !== undefined) report(problem);
    return target;
  }
  return undefined;
}

function checkPackage(
  packages: readonly WorkspacePackage[],
  owner: WorkspacePackage,
  file: string,
  specifier: string,
  report: Report,
): string | undefined {
  const name = packageName(specifier);
  const target = packages.find((candidate) => candidate.name === name);
  if (name !== owner.name && !isDeclared(packages, owner, file, name)) {
    const list = isTest(file) ? "devDependencies" : "dependencies";
    report(`${name} is not declared; enter it in ${list} of ${join(owner.folder, "package.json")}`);
  }
  if (!target) return undefined;
  const exported = exportedFile(target, `.${specifier.slice(name.length)}`);
  if (exported === undefined) {
    const allowed = Object.keys(target.manifest.exports ?? {}).map((key) => name + key.slice(1));
    report(
      `${name} does not export it: import one of ${allowed.join(", ") || "none"}, ` +
        `or enter it in exports of ${join(target.folder, "package.json")}`,
    );
  }
  return exported;
}

function isDeclared(
  packages: readonly WorkspacePackage[],
  owner: WorkspacePackage,
  file: string,
  name: string,
): boolean {
  const { manifest, folder } = owner;
  const isRoot = folder === "";
  if (name in { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies }) return true;
  // The root publishes nothing: its development dependencies are all it has, and it links every workspace.
  if (isRoot) return name in { ...manifest.devDependencies } || packages.some((other) => other.name === name);
  const rootTools = packages.find((other) => other.folder === "")?.manifest.devDependencies;
  return isTest(file) && name in { ...manifest.devDependencies, ...rootTools };
}
