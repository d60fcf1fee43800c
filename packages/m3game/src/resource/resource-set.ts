import type { Resource, ResourceReader } from "./resource.ts";

/** The values of all resources of an app as they were loaded together. */
export class ResourceSet implements ResourceReader {
  resource<T>(resource: Resource<T>): T {
    const loaded = resource.valueIn(this);
    if (loaded !== undefined) return loaded.value;
    throw new RangeError(
      `resource ${resource.name} is not loaded by this app: list it in defineApp({ resources: [...] })`,
    );
  }
}
