import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, normalize } from "node:path";

/** The links of a Markdown page to other files of the repository, or to headings, that lead nowhere. */
export async function brokenLinks(root: string, page: string): Promise<readonly string[]> {
  const text = (await readFile(join(root, page), "utf8")).replaceAll(/^```.*?^```$/gms, "");
  const broken: string[] = [];
  for (const [, link = ""] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(link)) continue;
    const [path = "", heading] = link.split("#");
    const target = path === "" ? page : normalize(join(dirname(page), path));
    const leads =
      existsSync(join(root, target)) && (heading === undefined || (await hasHeading(join(root, target), heading)));
    if (!leads) broken.push(`${page}: ${link}`);
  }
  return broken;
}

async function hasHeading(file: string, anchor: string): Promise<boolean> {
  const headings = (await readFile(file, "utf8")).matchAll(/^#+ (.*)$/gm);
  return [...headings].some(([, heading = ""]) => anchorOf(heading) === anchor);
}

/** As the pages of a repository have them. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
    .trim()
    .replaceAll(" ", "-");
}
