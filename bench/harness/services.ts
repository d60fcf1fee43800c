import { readFile } from "node:fs/promises";
import type { Services } from "./subject.ts";

/**
 * Addresses of the real servers that `npm run services -- up` started: what it wrote, or the file that M3_SERVICES
 * names. Empty when there is none: cases that need one are then left out.
 */
export async function readServices(): Promise<Services> {
  const named = process.env.M3_SERVICES;
  const file = named ?? new URL("../../.services/addresses.json", import.meta.url);
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    if (named === undefined && error instanceof Error && "code" in error && error.code === "ENOENT") return {};
    throw new Error(`can't read the addresses of the servers from ${file}: run "npm run services -- up" again`, {
      cause: error,
    });
  }
}
