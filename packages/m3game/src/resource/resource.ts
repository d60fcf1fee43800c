import { isPromise } from "node:util/types";

/** Gives access to resources: an app, a handler's context, and what `build` gets while resources are loaded. */
export interface ResourceReader {
  /** The value of a resource. Throws RangeError when `defineApp({ resources })` does not list it. */
  resource<T>(resource: Resource<T>): T;
}

/** Turns the text of a file into what it says. Throws when the text is wrong; `file` is for messages only. */
export type ResourceParser<R> = (text: string, file: string) => R;

/** A format with the schema of a file: what `jsonResource` and `tomlResource` give. */
// No bare function: TypeScript infers from a call that gives one too late for the parameters of `build`.
export interface ResourceFormat<R> {
  /** Throws for a text that is wrong, with the place in the file and what is allowed there. */
  readonly parse: ResourceParser<R>;
}

/** A file of game config, and what must be in it. */
export interface ResourceDefinition<R> {
  /** Names the resource in messages; unique within an app. */
  readonly name: string;
  /** The file, relative to `CfgPath` of `[[Options.Resource]]`. */
  readonly file: string;
  /** `jsonResource(schema)`, `tomlResource(schema)`, or a parser of one's own. */
  readonly parse: ResourceFormat<R> | ResourceParser<R>;
}

/** A resource whose value is made from what the file says. */
export interface BuiltResourceDefinition<R, T> extends ResourceDefinition<R> {
  /**
   * Makes the value from what the file says, at once. Through `context` it reads other resources as they are being
   * loaded: these are then built first, whatever their order in `defineApp`. Resources that read each other in a circle
   * are an error.
   */
  readonly build: (rows: R, context: ResourceReader) => T;
}

/** Builds a parsed resource into the set that `key` stands for. */
export type ResourceBuild = (key: object, context: ResourceReader) => void;

/** Game config in a file, loaded by the app that lists it. Made by `defineResource`. */
export class Resource<T = unknown> {
  readonly name: string;
  readonly file: string;
  readonly #parse: ResourceParser<(context: ResourceReader) => T>;
  // By set, not one for all: several apps, and an old and a new set within one, hold a value each.
  readonly #values = new WeakMap<object, { readonly value: T }>();

  /** @internal */
  constructor(name: string, file: string, parse: ResourceParser<(context: ResourceReader) => T>) {
    this.name = name;
    this.file = file;
    this.#parse = parse;
  }

  /** @internal */
  parse(text: string, file: string): ResourceBuild {
    const build = this.#parse(text, file);
    return (key, context) => {
      this.#values.set(key, { value: build(context) });
    };
  }

  /** @internal */
  valueIn(key: object): { readonly value: T } | undefined {
    return this.#values.get(key);
  }
}

/**
 * Defines a resource, to be listed in `defineApp({ resources })` and read by `ctx.resource(…)` or `app.resource(…)`.
 * Its value is shared by all who read it: treat it as read-only.
 */
export function defineResource<R, T>(definition: BuiltResourceDefinition<R, T>): Resource<T>;
export function defineResource<R>(definition: ResourceDefinition<R>): Resource<R>;
export function defineResource<R, T>(
  definition: ResourceDefinition<R> | BuiltResourceDefinition<R, T>,
): Resource<R> | Resource<T> {
  const { name, file } = definition;
  const parse = typeof definition.parse === "function" ? definition.parse : definition.parse.parse;
  const parsed = (text: string, path: string): R => notLater(parse(text, path), "parse");
  if (!("build" in definition)) return new Resource(name, file, (text, path) => constant(parsed(text, path)));
  return new Resource(name, file, (text, path) => {
    const rows = parsed(text, path);
    return (context) => notLater(definition.build(rows, context), "build");
  });
}

function constant<T>(value: T): () => T {
  return () => value;
}

// A promise would become the value, and its failure an unhandled one.
function notLater<T>(value: T, step: "parse" | "build"): T {
  if (!isPromise(value)) return value;
  value.catch(() => {});
  throw new TypeError(`${step} returned a promise: it must return its result at once`);
}
