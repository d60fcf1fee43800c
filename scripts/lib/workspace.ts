import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What the scripts read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly private?: boolean;
  readonly version?: string;
  readonly workspaces?: readonly string[];
  readonly exports?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface WorkspacePackage {
  readonly name: string;
  /** Relative to the root, empty for the root itself. */
  readonly folder: string;
  readonly manifest: Manifest;
}

export function readManifest(file: string): Manifest {
  const manifest: Manifest = JSON.parse(readFileSync(file, "utf8"));
  return manifest;
}

/** The workspaces of a checkout, the root last. */
export function readWorkspace(root: string): readonly WorkspacePackage[] {
  const rootManifest = readManifest(join(root, "package.json"));
  const folders = (rootManifest.workspaces ?? []).flatMap((pattern) =>
    globSync(`${pattern}/package.json`, { cwd: root }),
  );
  return [...folders.map((file) => file.slice(0, -"/package.json".length)).sort(), ""].map((folder) => {
    const manifest = folder === "" ? rootManifest : readManifest(join(root, folder, "package.json"));
    return { name: manifest.name, folder, manifest };
  });
}

/** The package that a file, relative to the root, belongs to: the innermost. */
export function packageOf(packages: readonly WorkspacePackage[], file: string): WorkspacePackage {
  const [found] = packages
    .filter(({ folder }) => folder === "" || file.startsWith(`${folder}/`))
    .sort((a, b) => b.folder.length - a.folder.length);
  if (!found) throw new Error(`No package holds ${file}: the workspace has no root`);
  return found;
}
