import { dirname, isAbsolute, join } from "node:path";
import type { AppConfig } from "../config/app-config.ts";
import type { Clock } from "../meta/clock.ts";
import { reasonError } from "../meta/error.ts";
import type { Logger } from "../plugin/log.ts";
import type { PendingReload, Reloadable } from "../plugin/reload.ts";
import { FolderWatch } from "./folder-watch.ts";
import { loadResources } from "./load-resources.ts";
import { type FileContents, readFiles } from "./read-files.ts";
import type { Resource } from "./resource.ts";
import { ResourceSet } from "./resource-set.ts";

export interface ResourceStoreOptions {
  readonly resources: readonly Resource[];
  readonly config: AppConfig;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The resources of one app: the set that everybody reads, replaced as a whole once another one is loaded. */
export class ResourceStore implements AsyncDisposable, Reloadable {
  readonly #options: ResourceStoreOptions;
  #current = new ResourceSet();
  #watch: FolderWatch | undefined;
  #fingerprint = "";
  /** Loads are numbered, so that an older set never replaces a newer one. */
  #loads = 0;
  #currentLoad = 0;
  #work: Promise<unknown> = Promise.resolve();

  private constructor(options: ResourceStoreOptions) {
    this.#options = options;
  }

  /**
   * Loads all resources and, with `Watch = true`, watches their folders. Rejects with CONFIG_INVALID when two have one
   * name, when there is no `CfgPath`, or as `reload` does.
   */
  static async open(options: ResourceStoreOptions): Promise<ResourceStore> {
    const { resources, config, clock, log } = options;
    const store = new ResourceStore(options);
    if (resources.length === 0) return store;
    checkNames(resources);
    await store.reload();
    if (config.options.Resource.Watch) {
      const folders = new Set(store.#paths().map(dirname));
      store.#watch = new FolderWatch(folders, { clock, log, onChange: () => void store.#onChange() });
    }
    return store;
  }

  /** The set that was loaded last. */
  get current(): ResourceSet {
    return this.#current;
  }

  /** Reads all files again. Rejects with CONFIG_INVALID when anything is wrong in any of them: nothing changes then. */
  async reload(): Promise<void> {
    (await this.prepareReload()).commit();
  }

  prepareReload(): Promise<PendingReload> {
    return this.#queue(async () => this.#load(await readFiles(this.#paths())));
  }

  /** Stops watching and waits for a load that is under way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#watch?.[Symbol.dispose]();
    await this.#work;
  }

  async #onChange(): Promise<void> {
    const { log } = this.#options;
    try {
      await this.#queue(async () => {
        const files = await readFiles(this.#paths());
        // Other files lie in the folder too, and some programs touch what they do not change.
        if (files.fingerprint === this.#fingerprint) return;
        // What is wrong is said once.
        this.#fingerprint = files.fingerprint;
        this.#load(files).commit();
        log.info("resources loaded again, since files changed");
      });
    } catch (error) {
      log.error("changed resources refused, the old ones stay", { error });
    }
  }

  #load(files: FileContents): PendingReload {
    const load = ++this.#loads;
    const loaded = loadResources(this.#options.resources, files, (resource) => this.#pathOf(resource));
    return {
      commit: () => {
        if (load < this.#currentLoad) return;
        this.#currentLoad = load;
        this.#fingerprint = files.fingerprint;
        this.#current = loaded;
      },
      discard: () => {},
    };
  }

  #queue<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#work.then(task);
    this.#work = result.catch(() => {});
    return result;
  }

  #paths(): string[] {
    return this.#options.resources.map((resource) => this.#pathOf(resource));
  }

  #pathOf({ name, file }: Resource): string {
    const { app, options } = this.#options.config;
    const { CfgPath } = options.Resource;
    if (CfgPath === undefined) {
      throw reasonError(
        "CONFIG_INVALID",
        `${app.file}: Options.Resource.CfgPath: found nothing; the app loads the resource ${name}: write the folder of ${file}, relative to the config file`,
      );
    }
    return join(isAbsolute(CfgPath) ? CfgPath : join(dirname(app.file), CfgPath), file);
  }
}

function checkNames(resources: readonly Resource[]): void {
  const names = new Set<string>();
  for (const { name } of resources) {
    if (names.has(name)) {
      throw reasonError("CONFIG_INVALID", `the app lists two resources of the name ${name}; rename or remove one`);
    }
    names.add(name);
  }
}
