import { join } from "node:path/posix";
import type { WorkspacePackage } from "../lib/workspace.ts";

/** The file, relative to the root, that a package exports as `subpath` (`.`, `./internal`), or undefined. */
export function exportedFile({ folder, manifest }: WorkspacePackage, subpath: string): string | undefined {
  for (const [key, target] of Object.entries(manifest.exports ?? {})) {
    const [before = "", after] = key.split("*");
    if (after === undefined ? subpath === key : subpath.startsWith(before) && subpath.endsWith(after)) {
      const rest = after === undefined ? "" : subpath.slice(before.length, subpath.length - after.length);
      return join(
        folder,
        target.replace("*", () => rest),
      );
    }
  }
  return undefined;
}
