import { mkdtemp, readdir, rm, stat, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "vite";
import { root } from "../lib/root.ts";
import { syncFolder } from "../lib/sync-folder.ts";

const pageFolder = join(root, "demo/web");
const builtFolder = join(pageFolder, "dist");
/** What the page is made of. */
const sources = [
  pageFolder,
  join(root, "demo/gen"),
  join(root, "packages/client/src"),
  join(root, "package-lock.json"),
];

/** Builds the demo's page unless it is newer than all it is made of. Resolves with the folder that has it. */
export async function buildPage(): Promise<string> {
  const builtAt = await changedAt(join(builtFolder, "index.html"));
  const changes = await Promise.all(sources.map(changedAt));
  if (Math.max(...changes) >= builtAt) await rebuild();
  return builtFolder;
}

/** Builds beside and copies what differs: who serves the page meanwhile, or builds it too, never sees a file missing. */
async function rebuild(): Promise<void> {
  const staging = await mkdtemp(join(tmpdir(), "m3game-page-"));
  try {
    await buildTo(staging);
    await syncFolder(staging, builtFolder);
    await utimes(join(builtFolder, "index.html"), new Date(), new Date());
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

/** Builds the page into a folder, whose files are replaced. */
export async function buildTo(outDir: string): Promise<void> {
  await build({
    configFile: false,
    logLevel: "warn",
    root: pageFolder,
    base: "./",
    build: { outDir, emptyOutDir: true, target: "es2022" },
  });
}

/** When a file, or the newest one below a folder, was changed, in milliseconds; 0 when it is not there. Built files are left aside. */
async function changedAt(path: string): Promise<number> {
  if (path === builtFolder) return 0;
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) return 0;
  if (!info.isDirectory()) return info.mtimeMs;
  const names = await readdir(path);
  return Math.max(0, ...(await Promise.all(names.map((name) => changedAt(join(path, name))))));
}
