import { cp, mkdtemp, open, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../scripts/lib/root.ts";
import { M3Command, type M3Outcome } from "./m3-command.ts";

const demoConfig = join(root, "demo/config");
const redisSection = /^\[\[Plugin\.DB\.db_redis\]\]\n(?:\w.*\n)*/m;
const resumeSecret = /^ResumeSecret = .*$/m;

/** A store of db_sqlite for all apps of the demo, and their configs with it in the place of Redis. Disposing removes both. */
export class EmbeddedStore implements AsyncDisposable {
  readonly #folder: string;

  static async create(): Promise<EmbeddedStore> {
    const store = new EmbeddedStore(await mkdtemp(join(tmpdir(), "m3game-store-")));
    await cp(demoConfig, store.configDir, { recursive: true });
    const section = `[[Plugin.DB.db_sqlite]]\nFile = ${JSON.stringify(store.#file)}\n`;
    // What they name beside them stays where it is.
    await store.#edit((config) => config.replace(redisSection, section).replaceAll('"../', `"${root}/demo/`));
    return store;
  }

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** Where the configs are. */
  get configDir(): string {
    return join(this.#folder, "config");
  }

  /** `m3 backup` into a new copy of this name. */
  async backup(copy: string): Promise<void> {
    await new M3Command(["backup", this.#file, "--to", this.#copy(copy)], process.env).succeed();
  }

  /** `m3 restore`: resolves with what it said. */
  restore(copy: string, ...options: readonly string[]): Promise<M3Outcome> {
    return new M3Command(["restore", this.#copy(copy), "--to", this.#file, ...options], process.env).outcome;
  }

  /** The file is gone; its log is left. */
  async remove(): Promise<void> {
    await rm(this.#file);
  }

  /** Its first pages are overwritten. */
  async damage(): Promise<void> {
    await using file = await open(this.#file, "r+");
    await file.write(Buffer.alloc(64 * 1024, "damaged "), 0, undefined, 0);
  }

  /** Sessions that clients have with the gates count for nothing once these were started again: who they are may have changed. */
  async endSessions(): Promise<void> {
    await this.#edit((config) => config.replace(resumeSecret, `ResumeSecret = "another one, ${performance.now()}"`));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  get #file(): string {
    return join(this.#folder, "demo.sqlite");
  }

  #copy(name: string): string {
    return join(this.#folder, `${name}.copy`);
  }

  async #edit(change: (config: string) => string): Promise<void> {
    for (const name of await readdir(this.configDir)) {
      const file = join(this.configDir, name);
      await writeFile(file, change(await readFile(file, "utf8")));
    }
  }
}
