import { describe, expect, test } from "vitest";
import { z } from "zod";
import { M3Error } from "../meta/error.ts";
import { jsonResource } from "./json-resource.ts";
import { tomlResource } from "./toml-resource.ts";

const titles = z.object({ TitleCfgs: z.array(z.object({ Level: z.int().min(1), Title: z.string().min(1) })) });

/** The lines of the CONFIG_INVALID that an action throws. */
function problems(action: () => unknown): readonly string[] {
  try {
    action();
  } catch (error) {
    if (error instanceof M3Error && error.reason === "CONFIG_INVALID") return error.message.split("\n");
    throw error;
  }
  return [];
}

describe("jsonResource", () => {
  const parse = (text: string, schema: z.ZodType = titles) => jsonResource(schema).parse(text, "cfg/titlecfg.json");

  test("gives what the schema makes of the file", () => {
    const schema = titles.transform(({ TitleCfgs }) => TitleCfgs.length);
    const count: number = jsonResource(schema).parse(
      '{ "TitleCfgs": [{ "Level": 1, "Title": "Junior" }] }',
      "titlecfg.json",
    );
    expect(count).toBe(1);
  });

  test("drops keys that the schema does not know, a strict schema refuses them at their place", () => {
    expect(parse('{ "a": 1, "b": 2 }', z.object({ a: z.number() }))).toEqual({ a: 1 });
    expect(problems(() => parse('[{ "nam": 1 }]', z.array(z.strictObject({ name: z.string().optional() }))))).toEqual([
      'cfg/titlecfg.json:1:2: $[0].nam: unknown key (did you mean "name"?); allowed keys: name',
    ]);
  });

  test("names file, line, column, path, what was found and what is allowed, for each wrong value", () => {
    const text = `{
  "TitleCfgs": [
    { "Level": 1, "Title": "Junior" },
    { "Level": "five", "Title": "Middle" },
\t{ "Level": 0 }
  ]
}`;
    expect(problems(() => parse(text))).toEqual([
      'cfg/titlecfg.json:4:16: $.TitleCfgs[1].Level: found "five"; allowed: a whole number, at least 1',
      "cfg/titlecfg.json:5:13: $.TitleCfgs[2].Level: found 0; allowed: a whole number, at least 1",
      "cfg/titlecfg.json:5:2: $.TitleCfgs[2].Title: found nothing; allowed: a text that is not empty",
    ]);
  });

  test("a file that is wrong as a whole is named as such", () => {
    expect(problems(() => parse("\n []"))).toEqual([
      "cfg/titlecfg.json:2:2: $: found a list of 0 entries; allowed: a table",
    ]);
  });

  test("a message of the schema's own is kept", () => {
    const schema = z.object({ a: z.number() }).refine(({ a }) => a > 1, { message: "a must grow", path: ["a"] });
    expect(problems(() => parse('{\r\n"a": 1}', schema))).toEqual(["cfg/titlecfg.json:2:6: $.a: a must grow; found 1"]);
  });

  test("of many problems only the first are shown", () => {
    const lines = problems(() => parse(JSON.stringify(Array.from({ length: 1000 }, String)), z.array(z.number())));
    expect(lines).toHaveLength(21);
    expect(lines.at(-1)).toBe("cfg/titlecfg.json:1:1: and 980 more problems");
  });

  test("text that is no JSON is refused where it is wrong", () => {
    expect(problems(() => parse('{\n  "TitleCfgs": [1,\n  ]\n}'))).toEqual([
      "cfg/titlecfg.json:2:18: a comma too much before ]",
    ]);
    expect(problems(() => parse(""))).toEqual(["cfg/titlecfg.json:1:1: expected a value, but the file ends here"]);
  });
});

describe("tomlResource", () => {
  const { parse } = tomlResource(titles);

  test("gives what the schema makes of the file", () => {
    expect(parse('[[TitleCfgs]]\nLevel = 1\nTitle = "Junior"\n', "titlecfg.toml")).toEqual({
      TitleCfgs: [{ Level: 1, Title: "Junior" }],
    });
  });

  test("names file, line and column of text that is no TOML", () => {
    expect(problems(() => parse("[[TitleCfgs]]\nLevel = \n", "titlecfg.toml"))).toEqual([
      expect.stringMatching(/^titlecfg\.toml:2:\d+: /),
    ]);
  });

  test("names file and path of a wrong value", () => {
    expect(problems(() => parse('[[TitleCfgs]]\nLevel = 0\nTitle = "x"\n', "titlecfg.toml"))).toEqual([
      "titlecfg.toml: $.TitleCfgs[0].Level: found 0; allowed: a whole number, at least 1",
    ]);
  });
});
