import type { Instance } from "../router.ts";

/** One watcher of one service. It is told of each change and decides by itself whether the content is new. */
export interface RegistryWatcher {
  changed(): void;
}

/** The instances that the apps of one hub have registered. */
export class MemoryRegistry {
  readonly #services = new Map<string, Map<string, Instance>>();
  /** What is kept for services, whether they have instances or not. */
  readonly kept = new Map<string, string>();
  readonly #watchers = new Map<string, Set<RegistryWatcher>>();

  /** Enters the instance in place of an older one of the same app id. The object itself tells incarnations apart. */
  enter(instance: Instance): void {
    const instances = this.#services.get(instance.service) ?? new Map<string, Instance>();
    this.#services.set(instance.service, instances.set(instance.app, instance));
    this.#notify(instance.service);
  }

  /** Puts another in the place of the instance; false when it is not there any more. */
  replace(instance: Instance, next: Instance): boolean {
    if (this.#services.get(instance.service)?.get(instance.app) !== instance) return false;
    this.enter(next);
    return true;
  }

  /** Removes the instance, unless a newer one took its place. */
  remove(instance: Instance): void {
    const instances = this.#services.get(instance.service);
    if (instances?.get(instance.app) !== instance) return;
    instances.delete(instance.app);
    if (instances.size === 0) this.#services.delete(instance.service);
    this.#notify(instance.service);
  }

  /** The instances of one service, sorted by app id. */
  table(service: string): readonly Instance[] {
    const instances = [...(this.#services.get(service)?.values() ?? [])];
    return instances.sort((a, b) => (a.app < b.app ? -1 : 1));
  }

  /** The services that have an instance, sorted. */
  services(): readonly string[] {
    return [...this.#services.keys()].sort();
  }

  addWatcher(service: string, watcher: RegistryWatcher): void {
    const watchers = this.#watchers.get(service) ?? new Set<RegistryWatcher>();
    this.#watchers.set(service, watchers.add(watcher));
  }

  removeWatcher(service: string, watcher: RegistryWatcher): void {
    const watchers = this.#watchers.get(service);
    watchers?.delete(watcher);
    if (watchers?.size === 0) this.#watchers.delete(service);
  }

  #notify(service: string): void {
    for (const watcher of this.#watchers.get(service) ?? []) watcher.changed();
  }
}
