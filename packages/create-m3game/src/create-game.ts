import { cp, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { nameProblem } from "./project-name.ts";

const template = fileURLToPath(new URL("../template", import.meta.url));

/** What the project is called in the template, and the files that say so. */
const placeholder = "my-game";
const named: readonly string[] = ["package.json", "README.md", "web/index.html"];

/** No project was made; the message says why, and what to do instead. */
export class NewGameError extends Error {
  override readonly name = "NewGameError";
}

/** What the project is called, and where it goes. */
export interface NewGame {
  /** The name of the project and of its folder. */
  readonly name: string;
  /** Where the folder is made. @default the working directory */
  readonly in?: string;
  /** Where it is to run. @default this machine's */
  readonly platform?: NodeJS.Platform;
}

/**
 * Makes a project in a folder of its own, and resolves with what to tell its owner. Rejects with NewGameError for a name that can't be
 * one, and for a folder that can't be made: nothing is there then that was not there before.
 */
export async function createGame(game: NewGame): Promise<string> {
  const { name, in: parent = ".", platform = process.platform } = game;
  const problem = nameProblem(name, await dependencies());
  if (problem !== undefined) throw new NewGameError(problem);
  const folder = join(resolve(parent), name);
  await makeFolder(folder);
  // Run from a checkout, the template may have its dependencies beside it.
  await cp(template, folder, { recursive: true, filter: (source) => basename(source) !== "node_modules" });
  // npm leaves files of that name out of a package.
  await rename(join(folder, "_gitignore"), join(folder, ".gitignore"));
  for (const file of named) {
    const text = await readFile(join(folder, file), "utf8");
    await writeFile(join(folder, file), text.replaceAll(placeholder, name));
  }
  if (platform === "win32") await withoutExec(join(folder, "package.json"));
  return `${folder} is ready. Next:

  cd ${join(parent, name)}
  npm install
  npm start

README.md says what is where.
`;
}

/** Elsewhere `exec` leaves no shell between npm and the game, which Ctrl-C would end before the game; cmd.exe does not know it. */
async function withoutExec(manifest: string): Promise<void> {
  const text = await readFile(manifest, "utf8");
  await writeFile(manifest, text.replaceAll('"exec ', '"'));
}

async function dependencies(): Promise<readonly string[]> {
  const { dependencies, devDependencies } = JSON.parse(await readFile(join(template, "package.json"), "utf8"));
  return Object.keys({ ...dependencies, ...devDependencies });
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    throw new NewGameError(folderProblem(folder, error), { cause: error });
  }
}

function folderProblem(folder: string, error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EEXIST") return `${folder} is there already: remove it, or choose another name`;
  if (code === "ENOENT") return `${folder} can't be made: the folder that it shall be in does not exist`;
  return `${folder} can't be made: ${error instanceof Error ? error.message : error}`;
}
