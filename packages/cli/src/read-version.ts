import { readFile } from "node:fs/promises";

/** The version of this package, which all packages of the framework share. */
export async function readVersion(): Promise<string> {
  const text = await readFile(new URL("../package.json", import.meta.url), "utf8");
  const { version }: { readonly version: string } = JSON.parse(text);
  return version;
}
