import { type FSWatcher, watch } from "node:fs";
import type { Clock, Timer } from "../meta/clock.ts";
import { reasonError } from "../meta/error.ts";
import type { Logger } from "../plugin/log.ts";

// An editor that saves writes several times, and several files may be copied at once.
const settleMs = 100;

export interface FolderWatchOptions {
  readonly clock: Clock;
  readonly log: Logger;
  /** Something in the folders changed, and nothing more for a moment. */
  readonly onChange: () => void;
}

/** Notices changes in folders, not in those below them. */
export class FolderWatch implements Disposable {
  readonly #watchers: FSWatcher[] = [];
  readonly #options: FolderWatchOptions;
  #timer: Timer | undefined;

  /** Throws CONFIG_INVALID when a folder can't be watched. */
  constructor(folders: Iterable<string>, options: FolderWatchOptions) {
    this.#options = options;
    try {
      for (const folder of folders) this.#watch(folder);
    } catch (cause) {
      this[Symbol.dispose]();
      const message = `files can't be watched: ${cause}; without Watch = true they are loaded on SIGHUP only`;
      throw reasonError("CONFIG_INVALID", message, { cause });
    }
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
    for (const watcher of this.#watchers) watcher.close();
  }

  #watch(folder: string): void {
    // Folders, not files: an editor that saves by renaming would leave a watcher of a file behind.
    const watcher = watch(folder, { persistent: false }, () => this.#settle());
    watcher.on("error", (error) => {
      this.#options.log.warn("a folder is not watched any more; load its files by SIGHUP", { folder, error });
    });
    this.#watchers.push(watcher);
  }

  #settle(): void {
    const { clock, onChange } = this.#options;
    this.#timer?.cancel();
    this.#timer = clock.after(settleMs, onChange);
  }
}
