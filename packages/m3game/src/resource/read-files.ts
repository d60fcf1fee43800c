import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";

/** What files held when they were read. */
export interface FileContents {
  /** By path: the text, or why there is none. */
  readonly texts: ReadonlyMap<string, string | Error>;
  /** Differs when any of the files does. */
  readonly fingerprint: string;
}

/** Reads text files, each once. Never rejects: a file that can't be read has an error in the place of its text. */
export async function readFiles(paths: readonly string[]): Promise<FileContents> {
  const read = async (path: string) => [path, await readText(path)] as const;
  const texts = new Map(await Promise.all([...new Set(paths)].map(read)));
  const hash = createHash("sha256");
  for (const [path, text] of texts) {
    const content = typeof text === "string" ? text : text.message;
    hash.update(`${path.length} ${content.length} ${path}${content}`);
  }
  return { texts, fingerprint: hash.digest("base64") };
}

async function readText(path: string): Promise<string | Error> {
  try {
    // Without a byte order mark, which spreadsheet programs write.
    return new TextDecoder("utf-8", { fatal: true }).decode(await readFile(path));
  } catch (error) {
    return new Error(unreadable(error), { cause: error });
  }
}

function unreadable(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  switch (code) {
    case "ENOENT":
      return "there is no such file; check CfgPath of [[Options.Resource]], which is relative to the config file";
    case "EISDIR":
      return "is a folder, not a file";
    case "EACCES":
      return "may not be read by this user; check its permissions";
    case "ERR_ENCODING_INVALID_ENCODED_DATA":
      return "is not UTF-8 text; save it as UTF-8";
    default:
      return `can't be read: ${error instanceof Error ? error.message : String(error)}`;
  }
}
