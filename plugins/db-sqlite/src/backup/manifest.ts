import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { Code, isM3Error, M3Error } from "m3game";
import { z } from "zod";

const manifest = z.object({
  /** When the copy was as the store: ISO 8601. */
  takenAt: z.iso.datetime(),
  format: z.int(),
  epoch: z.string().regex(/^\d+$/).transform(BigInt),
  lease: z.string(),
  tables: z.array(z.object({ name: z.string(), rows: z.int() })),
  fences: z.int(),
  highestFence: z.string(),
  bytes: z.int(),
  /** Of the whole file, in hexadecimal. */
  sha256: z.string(),
});

/** What a copy of a store holds, in the file `<copy>.json`. */
export type BackupManifest = z.output<typeof manifest>;

function manifestFile(copy: string): string {
  return `${copy}.json`;
}

export async function writeManifest(copy: string, content: BackupManifest): Promise<void> {
  const json = JSON.stringify(content, (_key, value) => (typeof value === "bigint" ? String(value) : value), 2);
  await writeFile(manifestFile(copy), `${json}\n`, { flush: true });
}

/** The manifest of a copy, which is as it was made. Rejects with DATA_LOSS when it is not, or has no manifest. */
export async function readManifest(copy: string): Promise<BackupManifest> {
  const file = manifestFile(copy);
  try {
    const content = manifest.parse(JSON.parse(await readFile(file, "utf8")));
    const { bytes, sha256 } = await digest(copy);
    if (bytes === content.bytes && sha256 === content.sha256) return content;
    throw new M3Error(
      Code.DATA_LOSS,
      `${copy} is not as it was made (${bytes} of ${content.bytes} bytes, or others): take another copy`,
    );
  } catch (error) {
    if (isM3Error(error)) throw error;
    const why = error instanceof z.ZodError ? z.prettifyError(error) : error instanceof Error ? error.message : error;
    throw new M3Error(Code.DATA_LOSS, `${copy} can't be checked: its manifest ${file} is missing or wrong: ${why}`, {
      cause: error,
    });
  }
}

export async function digest(file: string): Promise<Pick<BackupManifest, "bytes" | "sha256">> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(file)) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest("hex") };
}
