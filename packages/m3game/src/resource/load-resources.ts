import { isM3Error, reasonError } from "../meta/error.ts";
import type { FileContents } from "./read-files.ts";
import type { Resource, ResourceBuild, ResourceReader } from "./resource.ts";
import { ResourceSet } from "./resource-set.ts";

/**
 * Parses and builds all resources into a new set. Throws CONFIG_INVALID when any fails, with the problems of all of
 * them. `pathOf` is where a resource's file is.
 */
export function loadResources(
  resources: readonly Resource[],
  files: FileContents,
  pathOf: (resource: Resource) => string,
): ResourceSet {
  return new Loading(files, pathOf).load(resources);
}

class Loading implements ResourceReader {
  readonly #files: FileContents;
  readonly #pathOf: (resource: Resource) => string;
  readonly #set = new ResourceSet();
  readonly #builds = new Map<Resource, ResourceBuild>();
  readonly #failures = new Map<Resource, Error>();
  /** The resources that are being built, each read by the one before it. */
  readonly #chain: Resource[] = [];
  #ended = false;

  constructor(files: FileContents, pathOf: (resource: Resource) => string) {
    this.#files = files;
    this.#pathOf = pathOf;
  }

  load(resources: readonly Resource[]): ResourceSet {
    for (const resource of resources) this.#try(resource, () => this.#builds.set(resource, this.#parse(resource)));
    for (const resource of resources) this.#try(resource, () => this.resource(resource));
    this.#ended = true;
    if (this.#failures.size > 0) throw allOf([...this.#failures.values()]);
    return this.#set;
  }

  resource<T>(resource: Resource<T>): T {
    if (this.#ended) {
      throw reasonError(
        "CONTEXT_ENDED",
        `resource ${resource.name} was read through the context of a build that has ended; read it by ctx.resource or app.resource`,
      );
    }
    const failure = this.#failures.get(resource);
    if (failure !== undefined) throw failure;
    if (resource.valueIn(this.#set) === undefined) this.#build(resource);
    return this.#set.resource(resource);
  }

  #parse(resource: Resource): ResourceBuild {
    const path = this.#pathOf(resource);
    const text = this.#files.texts.get(path);
    if (typeof text !== "string") throw text ?? new Error("was not read");
    return resource.parse(text, path);
  }

  #build(resource: Resource): void {
    const start = this.#chain.indexOf(resource);
    if (start >= 0) {
      const circle = [...this.#chain.slice(start), resource].map(({ name }) => name).join(" -> ");
      throw reasonError("CONFIG_INVALID", `resources read each other in a circle: ${circle}; let one do without`);
    }
    const build = this.#builds.get(resource);
    // Not listed by the app: the set says so.
    if (build === undefined) return;
    this.#chain.push(resource);
    try {
      build(this.#set, this);
    } catch (error) {
      throw this.#fail(resource, error);
    } finally {
      this.#chain.pop();
    }
  }

  #try(resource: Resource, step: () => unknown): void {
    try {
      step();
    } catch (error) {
      this.#fail(resource, error);
    }
  }

  /** The first failure of a resource, worded with its file unless it names one already. */
  #fail(resource: Resource, error: unknown): Error {
    const known = this.#failures.get(resource);
    if (known !== undefined) return known;
    const failure = isM3Error(error) && error.reason === "CONFIG_INVALID" ? error : this.#named(resource, error);
    this.#failures.set(resource, failure);
    return failure;
  }

  #named(resource: Resource, cause: unknown): Error {
    const message = cause instanceof Error ? cause.message : String(cause);
    return reasonError("CONFIG_INVALID", `${this.#pathOf(resource)}: ${message} (resource ${resource.name})`, {
      cause,
    });
  }
}

/** One error for all; what several have in common, such as a resource that they all read, is said once. */
function allOf(failures: readonly Error[]): Error {
  const messages = new Set(failures.map(({ message }) => message));
  const cause = messages.size === 1 ? failures[0] : new AggregateError(failures);
  return reasonError("CONFIG_INVALID", [...messages].join("\n"), { cause });
}
