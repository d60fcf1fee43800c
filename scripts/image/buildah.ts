import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { findServicesDir } from "@m3game/testing/services";
import { root } from "../lib/root.ts";
import { runCommand } from "../lib/run-command.ts";

/** Where images are kept: apart from those of the machine. */
const folder = join(findServicesDir() ?? join(root, ".services"), "images");

/** Runs buildah, and resolves with what it printed. Builds run in a chroot, which needs no engine. */
export async function buildah(...args: readonly string[]): Promise<string> {
  await mkdir(folder, { recursive: true });
  const storage = ["--root", join(folder, "storage"), "--runroot", join(folder, "run")];
  const env = { BUILDAH_ISOLATION: "chroot" };
  const { ok, stdout, output } = await runCommand("buildah", [...storage, ...args], { env });
  if (!ok) throw new Error(`buildah ${args[0]} failed; where there is none, Debian has it:\n${output}`);
  return stdout.trim();
}

export async function hasImage(name: string): Promise<boolean> {
  return buildah("inspect", "--type", "image", name).then(
    () => true,
    () => false,
  );
}

/** Megabytes. */
export async function imageSize(name: string): Promise<number> {
  const images: readonly { readonly size: string }[] = JSON.parse(await buildah("images", "--json", name));
  const [, number = "0", unit = ""] = /^([\d.]+) (\w+)$/.exec(images[0]?.size ?? "") ?? [];
  return Math.round(Number(number) * (unit === "GB" ? 1000 : unit === "KB" ? 0.001 : 1));
}
