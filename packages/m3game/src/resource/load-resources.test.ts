import { describe, expect, test } from "vitest";
import { z } from "zod";
import { isM3Error } from "../meta/error.ts";
import { jsonResource } from "./json-resource.ts";
import { loadResources } from "./load-resources.ts";
import { defineResource, type Resource, type ResourceReader } from "./resource.ts";
import type { ResourceSet } from "./resource-set.ts";

function load(resources: readonly Resource[], files: Readonly<Record<string, string | Error>>): ResourceSet {
  const contents = { texts: new Map(Object.entries(files)), fingerprint: "" };
  return loadResources(resources, contents, ({ file }) => file);
}

function failure(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  throw new Error("it succeeded");
}

/** A resource that holds its file's text followed by the values of others. */
function joined(name: string, others: () => readonly Resource<string>[] = () => []): Resource<string> {
  return defineResource({
    name,
    file: name,
    parse: (text) => text,
    build: (text, context) => [text, ...others().map((other) => context.resource(other))].join(""),
  });
}

test("a resource without build is what its parser gives, typed", () => {
  const levels = defineResource({ name: "levels", file: "levels.json", parse: jsonResource(z.array(z.number())) });
  const set = load([levels], { "levels.json": "[1, 5, 10]" });
  const value: number[] = set.resource(levels);
  expect(value).toEqual([1, 5, 10]);
});

test("a resource with build is what that makes of the rows, typed", () => {
  const levels = defineResource({
    name: "levels",
    file: "levels.json",
    parse: jsonResource(z.array(z.number())),
    build: (rows) => new Map(rows.map((row, index) => [row, index])),
  });
  const value: ReadonlyMap<number, number> = load([levels], { "levels.json": "[7, 5]" }).resource(levels);
  expect(value.get(5)).toBe(1);
});

test("a value may be anything, also undefined", () => {
  const nothing = defineResource({ name: "nothing", file: "f", parse: () => undefined });
  expect(load([nothing], { f: "" }).resource(nothing)).toBeUndefined();
});

test("sets do not see each other's values", () => {
  const a = joined("a");
  const [first, second] = [load([a], { a: "1" }), load([a], { a: "2" })];
  expect([first.resource(a), second.resource(a)]).toEqual(["1", "2"]);
});

test("a resource that the app does not list is an error that says so", () => {
  expect(() => load([], {}).resource(joined("a"))).toThrow(
    new RangeError("resource a is not loaded by this app: list it in defineApp({ resources: [...] })"),
  );
});

describe("loaders that read each other", () => {
  test("get what they read, in whatever order the app lists them; each is built once", () => {
    let built = 0;
    const c = defineResource({ name: "c", file: "c", parse: (text) => text, build: (text) => `${text}${++built}` });
    const b = joined("b", () => [c]);
    const a = joined("a", () => [b, c]);
    const files = { a: "a", b: "b", c: "c" };
    expect(load([a, b, c], files).resource(a)).toBe("abc1c1");
    expect(load([c, a, b], files).resource(a)).toBe("abc2c2");
  });

  test("in a circle are an error that names the chain", () => {
    const a = joined("a");
    const innocent = joined("innocent");
    const b: Resource<string> = joined("b", () => [c]);
    const c: Resource<string> = joined("c", () => [innocent, d]);
    const d: Resource<string> = joined("d", () => [b]);
    expect(failure(() => load([a, b, c, d, innocent], { a: "", b: "", c: "", d: "", innocent: "" }))).toMatchObject({
      reason: "CONFIG_INVALID",
      message: "resources read each other in a circle: b -> c -> d -> b; let one do without",
    });
  });

  test("also one that reads itself", () => {
    const a: Resource<string> = joined("a", () => [a]);
    expect(failure(() => load([a], { a: "" }))).toMatchObject({ message: expect.stringContaining(": a -> a;") });
  });

  test("can't read one that the app does not list", () => {
    const a = joined("a", () => [joined("other")]);
    expect(failure(() => load([a], { a: "" }))).toMatchObject({
      reason: "CONFIG_INVALID",
      message: "a: resource other is not loaded by this app: list it in defineApp({ resources: [...] }) (resource a)",
    });
  });

  test("can't go on reading later, when the set is complete", () => {
    let late: ResourceReader | undefined;
    const a = joined("a");
    const b = defineResource({
      name: "b",
      file: "b",
      parse: (text) => text,
      build: (_text, context) => {
        late = context;
      },
    });
    load([a, b], { a: "", b: "" });
    expect(failure(() => late?.resource(a))).toMatchObject({ reason: "CONTEXT_ENDED" });
  });
});

describe("what fails", () => {
  const broken = (name: string, message: string) =>
    defineResource({
      name,
      file: name,
      parse: () => {
        throw new TypeError(message);
      },
    });

  test("is named with its file, all of it, each once", () => {
    const a = broken("a", "no titles");
    const b = joined("b", () => [a]);
    const c = joined("c", () => [b]);
    const d = joined("d");
    expect(failure(() => load([c, b, a, d], { a: "", b: "", c: "", d: new Error("is a folder") }))).toMatchObject({
      reason: "CONFIG_INVALID",
      message: "a: no titles (resource a)\nd: is a folder (resource d)",
    });
  });

  test("is known with its stack", () => {
    const error = failure(() => load([broken("a", "no titles")], { a: "" }));
    const cause = isM3Error(error) && isM3Error(error.cause) ? error.cause.cause : undefined;
    expect(cause).toEqual(new TypeError("no titles"));
  });

  test("fails the load even when the one who read it goes on without", () => {
    const a = broken("a", "no titles");
    const b = defineResource({
      name: "b",
      file: "b",
      parse: (text) => text,
      build: (text, context) => {
        try {
          return context.resource(a);
        } catch {
          return text;
        }
      },
    });
    expect(failure(() => load([a, b], { a: "", b: "" }))).toMatchObject({ message: "a: no titles (resource a)" });
  });

  test.each([
    ["parse", defineResource({ name: "a", file: "a", parse: async () => Promise.reject(new Error("late")) })],
    [
      "build",
      defineResource({
        name: "a",
        file: "a",
        parse: (text) => text,
        build: async () => Promise.reject(new Error("late")),
      }),
    ],
  ])("%s must not answer later", (step, resource) => {
    expect(failure(() => load([resource], { a: "" }))).toMatchObject({
      message: `a: ${step} returned a promise: it must return its result at once (resource a)`,
    });
  });
});
