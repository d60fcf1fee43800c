import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { KeyPath } from "../config/key-path.ts";
import { JsonProblem, JsonText } from "./json-text.ts";

function problemOf(text: string): JsonProblem | undefined {
  try {
    new JsonText(text);
    return undefined;
  } catch (error) {
    if (error instanceof JsonProblem) return error;
    throw error;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** All paths of a value with what is there. */
function entries(value: unknown, path: KeyPath = []): [KeyPath, unknown][] {
  if (typeof value !== "object" || value === null) return [[path, value]];
  const inner = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [[path, value], ...inner.flatMap(([key, entry]) => entries(entry, [...path, key]))];
}

describe("positions of values", () => {
  test("lead to each value of a document, however it is laid out", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom(undefined, 1, "\t", "\r\n "), (value, space) => {
        const text = `\n ${JSON.stringify(value, undefined, space)} `;
        const json = new JsonText(text);
        for (const [path, expected] of entries(JSON.parse(text))) {
          const begin = text.slice(json.offsetOf(path));
          expect(begin.startsWith(JSON.stringify(expected, undefined, space).slice(0, 1))).toBe(true);
          if (typeof expected !== "object") expect(begin.startsWith(JSON.stringify(expected))).toBe(true);
        }
      }),
    );
  });

  test("of a value that is missing are those of what should hold it", () => {
    const text = '{ "a": [ { "b": 1 } ] }';
    const json = new JsonText(text);
    expect(json.offsetOf(["a", 0, "c"])).toBe(text.indexOf('{ "b"'));
    expect(json.offsetOf(["x", 5])).toBe(0);
  });

  test("of a key that is there twice are those of the last one, which counts", () => {
    const text = '{"a": 1, "a": 2}';
    expect(new JsonText(text).offsetOf(["a"])).toBe(text.indexOf("2"));
  });

  test("do not mix up keys that look like paths", () => {
    const text = '{"a.b": 1, "a": {"b": 2, "[0]": 3}, "": {"": 4}}';
    const json = new JsonText(text);
    expect(json.offsetOf(["a.b"])).toBe(text.indexOf("1"));
    expect(json.offsetOf(["a", "b"])).toBe(text.indexOf("2"));
    expect(json.offsetOf(["a", "[0]"])).toBe(text.indexOf("3"));
    expect(json.offsetOf(["", ""])).toBe(text.indexOf("4"));
  });
});

describe("what is no JSON", () => {
  test("is what JSON.parse refuses, for any change of a document", () => {
    const piece = fc.constantFrom(
      ...'{}[],:"\\/0-1.eEtn\u0000\n \u00a0',
      "true",
      "nul",
      '"a"',
      "\\u12",
      "01",
      "1e",
      "//",
    );
    const document = fc.jsonValue().map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(document, fc.nat(), fc.nat(3), fc.array(piece, { maxLength: 3 }), (text, at, removed, added) => {
        const index = at % (text.length + 1);
        const changed = text.slice(0, index) + added.join("") + text.slice(index + removed);
        expect(problemOf(changed) === undefined).toBe(isJson(changed));
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ["", 0, "expected a value, but the file ends here"],
    ["{", 1, "expected a key in double quotes, but the file ends here"],
    ["[1 2]", 3, 'expected , or ], found "2"'],
    ['{"a": 1 "b": 2}', 8, 'expected , or }, found "\\""'],
    ['{"a" 1}', 5, 'expected : after the key "a", found "1"'],
    ["{a: 1}", 1, 'expected a key in double quotes, found "a"'],
    ["{'a': 1}", 1, 'expected a key in double quotes, found "\'"'],
    ["[1,]", 2, "a comma too much before ]"],
    ['{"a": 1,\n}', 7, "a comma too much before }"],
    ["[] // why", 3, 'expected the end of the file, found "/"; JSON has no comments'],
    ["# why\n[]", 0, 'expected a value, found "#"; JSON has no comments'],
    ["[tru]", 1, 'expected a value, found "t"'],
    ["[1]]", 3, 'expected the end of the file, found "]"'],
    ["[\u{1f600}]", 1, 'expected a value, found "\u{1f600}"'],
    ['["a\nb"]', 1, "this text does not end on its line, or holds a control character or a \\ that JSON does not know"],
  ])("%j: at %i: %s", (text, offset, message) => {
    expect(problemOf(text)).toMatchObject({ offset, message });
    expect(isJson(text)).toBe(false);
  });

  test("a long text is read", () => {
    expect(problemOf(JSON.stringify("a\n".repeat(1_000_000)))).toBeUndefined();
  });
});
