import { join } from "node:path";
import { findOnPath, isExecutable, libraryPath, type Program } from "./find-program.ts";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/**
 * The browser of tests: installed, or unpacked below `<servicesDir>/root`, where its libraries are beside it. Undefined when it is
 * nowhere.
 */
export function findChromium(servicesDir: string | undefined): Program | undefined {
  for (const name of names) {
    const path = findOnPath(name);
    if (path !== undefined) return { path, env: {} };
  }
  if (servicesDir === undefined) return undefined;
  const root = join(servicesDir, "root");
  // Debian's usr/bin/chromium is a script that looks for what is installed.
  const path = join(root, "usr/lib/chromium/chromium");
  return isExecutable(path) ? { path, env: libraryPath(root) } : undefined;
}
