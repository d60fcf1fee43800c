import { type FSWatcher, watch } from "node:fs";
import { extname, isAbsolute, relative, sep } from "node:path";

const extensions: readonly string[] = [".ts", ".js", ".json", ".toml"];

// An editor that saves, or a build, writes several times.
const settleMs = 100;

/** Notices changes of sources and configs under a folder, those of node_modules, hidden folders and `except` left aside. */
export class FileWatch implements AsyncDisposable {
  readonly #watcher: FSWatcher;
  readonly #changed = new Set<string>();
  readonly #except: readonly string[];
  #timer: NodeJS.Timeout | undefined;
  #onChange: ((files: readonly string[]) => void) | undefined;

  /** `except` are folders too. */
  constructor(folder: string, except: readonly string[] = []) {
    this.#except = except.map((other) => relative(folder, other));
    this.#watcher = watch(folder, { recursive: true, ignore: [isIgnored] }, (_event, name) => {
      if (name !== null) this.#add(name);
    });
    // A folder that goes away must not end the apps.
    this.#watcher.on("error", () => {});
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
    this.#watcher.close();
  }

  #add(name: string): void {
    if (isIgnored(name) || !extensions.includes(extname(name))) return;
    if (this.#except.some((other) => isWithin(other, name))) return;
    this.#changed.add(name);
    this.#settle();
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

function isIgnored(path: string): boolean {
  return path.split(sep).some((part) => part === "node_modules" || part.startsWith("."));
}
