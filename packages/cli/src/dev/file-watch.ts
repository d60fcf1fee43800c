import { type FSWatcher, readdirSync, watch } from "node:fs";
import { extname, isAbsolute, join, relative, sep } from "node:path";

const extensions: readonly string[] = [".ts", ".js", ".json", ".toml"];

// An editor that saves, or a build, writes several times.
const settleMs = 100;

/** Notices changes of sources and configs under a folder, those of node_modules, hidden folders and `except` left aside. */
export class FileWatch implements AsyncDisposable {
  readonly #folder: string;
  readonly #except: readonly string[];
  /** By folder, relative to the watched one, which is "". */
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #onChange: ((files: readonly string[]) => void) | undefined;

  /** `except` are folders too. Throws what the file system says when a folder can't be watched. */
  constructor(folder: string, except: readonly string[] = []) {
    this.#folder = folder;
    this.#except = except.map((other) => relative(folder, other));
    try {
      this.#watch("", () => {});
    } catch (error) {
      this.#unwatch("");
      throw error;
    }
  }

  /** Resolves with the files that changed since it resolved last, once no more do for a moment. */
  next(): Promise<readonly string[]> {
    return new Promise((resolve) => {
      this.#onChange = resolve;
      this.#settle();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    this.#unwatch("");
  }

  /**
   * Watches a folder and those in it, and tells of the files that are there. Each folder has a watcher of its own: where Node
   * watches recursively by a watcher for each file, it misses what comes after an editor or git has put a new file in its place.
   */
  #watch(folder: string, onFile: (file: string) => void): void {
    if (folder !== "" && this.#isLeftOut(folder)) return;
    const path = join(this.#folder, folder);
    const watcher = watch(path, (event, name) => {
      if (name !== null) this.#onEvent(event, join(folder, name));
    });
    // A folder that goes away must not end the apps.
    watcher.on("error", () => {});
    this.#watchers.set(folder, watcher);
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      const inside = join(folder, entry.name);
      if (entry.isDirectory()) this.#watch(inside, onFile);
      else onFile(inside);
    }
  }

  #unwatch(folder: string): void {
    for (const [path, watcher] of this.#watchers) {
      if (!isWithin(folder, path)) continue;
      watcher.close();
      this.#watchers.delete(path);
    }
  }

  #onEvent(event: string, path: string): void {
    this.#add(path);
    if (event !== "rename") return;
    // It may be a folder that came, went, or took the place of another.
    this.#unwatch(path);
    try {
      this.#watch(path, (file) => this.#add(file));
    } catch {
      // A file, or nothing any more.
      this.#unwatch(path);
    }
  }

  #add(path: string): void {
    if (!extensions.includes(extname(path)) || this.#isLeftOut(path)) return;
    this.#changed.add(path);
    this.#settle();
  }

  #isLeftOut(path: string): boolean {
    const isHidden = path.split(sep).some((part) => part === "node_modules" || part.startsWith("."));
    return isHidden || this.#except.some((other) => isWithin(other, path));
  }

  #settle(): void {
    clearTimeout(this.#timer);
    if (this.#changed.size > 0 && this.#onChange !== undefined) {
      this.#timer = setTimeout(() => this.#tell(), settleMs);
    }
  }

  #tell(): void {
    const files = [...this.#changed].sort();
    this.#changed.clear();
    this.#onChange?.(files);
    this.#onChange = undefined;
  }
}

/** `path` is `folder` or in it, both relative to the same folder. */
function isWithin(folder: string, path: string): boolean {
  const inside = relative(folder, path);
  return !isAbsolute(inside) && inside.split(sep)[0] !== "..";
}
