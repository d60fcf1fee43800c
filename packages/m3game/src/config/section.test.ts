// cspell:ignore Consu INFOO Nmae Pasword Rihgt tokn
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { secret } from "./secret.ts";
import { type ConfigSection, checkSection, inspectSection } from "./section.ts";
import { parseConfig } from "./source.ts";

function section(text: string, overrides: Record<string, string> = {}): ConfigSection {
  return {
    file: "app.toml",
    path: "Plugin.X.x_y[0]",
    table: parseConfig(text, "app.toml").tree,
    overrides: new Map(Object.entries(overrides)),
  };
}

function problems(schema: z.ZodType, text: string, overrides?: Record<string, string>): readonly string[] {
  const check = inspectSection(schema, section(text, overrides));
  return check.success ? [] : check.problems.map((line) => line.replace("app.toml: Plugin.X.x_y[0].", ""));
}

const consul = z.object({
  ConsulHost: z.string(),
  AliveHost: z.string().default("127.0.0.1"),
  AlivePort: z.int().min(0).max(65535).default(0),
});

describe("checkSection", () => {
  it("gives the checked value, defaults filled in and transforms applied", () => {
    const schema = consul.transform((config) => ({ host: config.ConsulHost, port: config.AlivePort }));
    expect(checkSection(consul, section('ConsulHost = "c:8500"'))).toEqual({
      ConsulHost: "c:8500",
      AliveHost: "127.0.0.1",
      AlivePort: 0,
    });
    expect(checkSection(schema, section('ConsulHost = "c:8500"'))).toEqual({ host: "c:8500", port: 0 });
  });

  it("removes blanks at the ends of texts, deep down too", () => {
    const schema = z.object({ LogLevel: z.enum(["INFO"]), Hosts: z.array(z.string()), T: z.object({ A: z.string() }) });
    const text = 'LogLevel = "INFO "\nHosts = [" a", "b\\t"]\n[T]\nA = " x y "';
    expect(checkSection(schema, section(text))).toEqual({ LogLevel: "INFO", Hosts: ["a", "b"], T: { A: "x y" } });
  });

  it("reports all problems in one CONFIG_INVALID, one per line, with file, path, found and allowed", () => {
    const text = 'ConsuHost = "c:8500"\nAliveHost = 5\nAlivePort = 70000';
    expect(() => checkSection(consul, section(text))).toThrow(
      expect.objectContaining({
        reason: "CONFIG_INVALID",
        message: [
          "app.toml: Plugin.X.x_y[0].ConsulHost: found nothing; allowed: a text",
          "app.toml: Plugin.X.x_y[0].AliveHost: found 5; allowed: a text",
          "app.toml: Plugin.X.x_y[0].AlivePort: found 70000; allowed: a whole number from 0 to 65535",
          'app.toml: Plugin.X.x_y[0].ConsuHost: unknown key (did you mean "ConsulHost"?); allowed keys: ConsulHost, AliveHost, AlivePort',
        ].join("\n"),
      }),
    );
  });

  it("does not change the section or the schema", () => {
    const given = section('ConsulHost = " c "');
    checkSection(consul, given);
    expect(given.table).toEqual({ ConsulHost: " c " });
    expect(consul.safeParse({ ConsulHost: "c", Other: 1 }).success).toBe(true);
  });
});

describe("unknown keys", () => {
  it("are refused at any depth", () => {
    const inner = z.object({ A: z.int() });
    const schema = z.object({
      List: z.array(inner).optional(),
      Table: inner.default({ A: 1 }),
      Record: z.record(z.string(), inner).optional(),
      Pair: z.tuple([inner]).rest(inner).optional(),
      Piped: inner.transform((value) => value.A).optional(),
      Prepared: z.preprocess((value) => value, inner).optional(),
      Lazy: z.lazy(() => inner.nullable().readonly()).optional(),
    });
    const text = `
      List = [{ A = 1 }, { A = 1, B = 2 }]
      Table = { A = 1, B = 2 }
      Record = { r = { A = 1, B = 2 } }
      Pair = [{ A = 1, B = 2 }, { A = 1, C = 2 }]
      Piped = { A = 1, B = 2 }
      Prepared = { A = 1, B = 2 }
      Lazy = { A = 1, B = 2 }`;
    const problem = "unknown key; allowed keys: A";
    expect(problems(schema, text)).toEqual([
      `List[1].B: ${problem}`,
      `Table.B: ${problem}`,
      `Record.r.B: ${problem}`,
      `Pair[1].C: ${problem}`,
      `Pair[0].B: ${problem}`,
      `Piped.B: ${problem}`,
      `Prepared.B: ${problem}`,
      `Lazy.B: ${problem}`,
    ]);
  });

  it("are refused in tables that contain themselves", () => {
    const node = z.object({
      Name: z.string(),
      get Children() {
        return z.array(node).optional();
      },
    });
    expect(
      problems(node, 'Name = "a"\n[[Children]]\nName = "b"\n[[Children.Children]]\nName = "c"\nNmae = "d"'),
    ).toEqual(['Children[0].Children[0].Nmae: unknown key (did you mean "Name"?); allowed keys: Name, Children']);
  });

  it("are refused in intersections only when no side knows them", () => {
    const schema = z.intersection(z.object({ Left: z.int() }), z.object({ Right: z.int() }));
    expect(problems(schema, "Left = 1\nRight = 2")).toEqual([]);
    expect(problems(schema, "Left = 1\nRight = 2\nRihgt = 3")).toEqual([
      'Rihgt: unknown key (did you mean "Right"?); allowed keys: Left, Right',
    ]);
  });

  it("pass where the schema wants them", () => {
    const schema = z.object({ Loose: z.looseObject({ A: z.int() }), Rest: z.object({}).catchall(z.int()) });
    expect(checkSection(schema, section("Loose = { A = 1, B = 2 }\nRest = { C = 3 }"))).toEqual({
      Loose: { A: 1, B: 2 },
      Rest: { C: 3 },
    });
    expect(problems(schema, 'Loose = { A = 1 }\nRest = { C = "c" }')).toEqual([
      'Rest.C: found "c"; allowed: a whole number',
    ]);
  });

  it("says so where no key is allowed", () => {
    expect(problems(z.object({}), "A = 1")).toEqual(["A: unknown key; no keys are allowed here"]);
  });

  it("choose between the alternatives of a union", () => {
    const schema = z.object({ Tls: z.union([z.object({ A: z.int() }), z.object({ A: z.int(), B: z.int() })]) });
    expect(checkSection(schema, section("Tls = { A = 1, B = 2 }"))).toEqual({ Tls: { A: 1, B: 2 } });
  });

  it("keep the checks across fields of an object", () => {
    const schema = z
      .object({ ConsulHost: z.string().optional(), ConsulSvc: z.string().optional() })
      .refine((config) => !config.ConsulHost || config.ConsulSvc, {
        path: ["ConsulSvc"],
        message: "is needed when ConsulHost is set",
      });
    expect(problems(schema, 'ConsulHost = "c"')).toEqual(["ConsulSvc: is needed when ConsulHost is set"]);
    expect(problems(schema, "A = 1")).toEqual(["A: unknown key; allowed keys: ConsulHost, ConsulSvc"]);
  });
});

describe("what was found and what is allowed", () => {
  it.each<[schema: z.ZodType, value: string, problem: string]>([
    [z.enum(["DEBUG", "INFO"]), '"INFOO"', 'found "INFOO"; allowed: one of "DEBUG", "INFO"'],
    [z.literal("json"), "1", 'found 1; allowed: "json"'],
    [z.boolean(), '"true"', 'found "true"; allowed: true or false'],
    [z.int(), "1.5", "found 1.5; allowed: a whole number"],
    [z.int().positive(), "0", "found 0; allowed: a whole number, above 0"],
    [z.number().min(1), "0", "found 0; allowed: a number, at least 1"],
    [z.number().max(1).multipleOf(0.25), "0.3", "found 0.3; allowed: a number, at most 1, a multiple of 0.25"],
    [z.number().lt(1), "1", "found 1; allowed: a number, below 1"],
    [z.string().min(1), '""', 'found ""; allowed: a text that is not empty'],
    [z.string().max(3), '"four"', 'found "four"; allowed: a text of at most 3 characters'],
    [z.string().length(3), '"four"', 'found "four"; allowed: a text of 3 characters'],
    [z.string().min(2).max(3), '"four"', 'found "four"; allowed: a text of 2 to 3 characters'],
    [z.string().regex(/^a+$/), '"b"', 'found "b"; allowed: a text that matches /^a+$/'],
    [z.string().regex(/:/).describe("host:port"), '"b"', 'found "b"; allowed: a text (host:port)'],
    [z.url(), '"b"', 'found "b"; allowed: a URL'],
    [z.hostname(), '"b b"', 'found "b b"; allowed: a host name'],
    [z.uuid(), '"b"', 'found "b"; allowed: a text of the form uuid'],
    [z.date(), '"b"', 'found "b"; allowed: date'],
    [z.string(), "2020-01-01", "found a date or time; allowed: a text"],
    [z.string(), "[1, 2]", "found a list of 2 entries; allowed: a text"],
    [z.string(), "{ a = 1 }", "found a table; allowed: a text"],
    [z.array(z.int()), "1", "found 1; allowed: a list, each a whole number"],
    [
      z.array(z.int()).min(1),
      "[]",
      "found a list of 0 entries; allowed: a list of at least 1 entry, each a whole number",
    ],
    [z.object({ A: z.int() }), "1", "found 1; allowed: a table"],
    [z.union([z.int(), z.boolean()]), '"x"', 'found "x"; allowed: a whole number or true or false'],
    [z.string().nullable(), "1", "found 1; allowed: a text"],
    [z.int().optional().default(1).readonly(), '"x"', 'found "x"; allowed: a whole number'],
    [z.string().transform(Number).pipe(z.int()), "1", "found 1; allowed: a text"],
    [z.string().refine(() => false, "wants a wonder"), '"x"', 'wants a wonder; found "x"'],
    [z.string().regex(/:/, "wants host:port"), '"x"', 'wants host:port; found "x"'],
    [z.string("wants a host"), "1", "wants a host; found 1"],
    [z.string().refine(() => false), '"x"', 'found "x"; allowed: a text'],
    [z.custom(() => false), '"x"', 'found "x"; allowed: another value'],
    [z.string().max(3), `"${"x".repeat(100)}"`, `found "${"x".repeat(80)}…"; allowed: a text of at most 3 characters`],
  ])("%#: %j", (schema, value, problem) => {
    expect(problems(z.object({ Key: schema }), `Key = ${value}`)).toEqual([`Key: ${problem}`]);
  });

  it("goes into lists and tables", () => {
    const schema = z.object({
      L: z.array(z.int()),
      R: z.record(z.string(), z.int()),
      T: z.tuple([z.int()]).rest(z.boolean()),
    });
    expect(problems(schema, 'L = [1, "x"]\nR = { "a.b" = "y" }\nT = ["z", 1]')).toEqual([
      'L[1]: found "x"; allowed: a whole number',
      'R."a.b": found "y"; allowed: a whole number',
      "T[1]: found 1; allowed: true or false",
      'T[0]: found "z"; allowed: a whole number',
    ]);
  });

  it("goes into the alternative of a union that was meant", () => {
    const schema = z.object({ Tls: z.union([z.boolean(), z.object({ Cert: z.string(), Key: z.string() })]) });
    expect(problems(schema, 'Tls = { Cert = "c", Key = 5, Kye = 1 }')).toEqual([
      "Tls.Key: found 5; allowed: a text",
      'Tls.Kye: unknown key (did you mean "Key"?); allowed keys: Cert, Key',
    ]);
    expect(problems(schema, "Tls = 5")).toEqual(["Tls: found 5; allowed: true or false or a table"]);
  });

  it("goes into the alternative that the discriminator names", () => {
    const schema = z.object({
      Auth: z.discriminatedUnion("Kind", [
        z.object({ Kind: z.literal("none") }),
        z.object({ Kind: z.literal("token"), Token: secret() }),
      ]),
    });
    expect(problems(schema, 'Auth = { Kind = "token", Token = 5 }')).toEqual([
      "Auth.Token: found ***; allowed: a text",
    ]);
    expect(problems(schema, 'Auth = { Kind = "none", Token = "t" }')).toEqual([
      "Auth.Token: unknown key; allowed keys: Kind",
    ]);
    expect(problems(schema, 'Auth = { Kind = "tokn" }')).toEqual([
      'Auth.Kind: found "tokn"; allowed: "none" or "token"',
    ]);
  });

  it("says what is wrong with a key of a free table", () => {
    const schema = z.object({ R: z.record(z.string().regex(/^[a-z]+$/, "use a to z"), z.int()) });
    expect(problems(schema, "R = { A = 1 }")).toEqual(["R.A: this key is not allowed; allowed: use a to z"]);
    const plain = z.object({ R: z.record(z.string().max(1), z.int()) });
    expect(problems(plain, "R = { AB = 1 }")).toEqual([
      "R.AB: this key is not allowed; allowed: a text of at most 1 character",
    ]);
    const fixed = z.object({ R: z.partialRecord(z.enum(["min", "max"]), z.int()) });
    expect(problems(fixed, "R = { mni = 1 }")).toEqual([
      'R.mni: unknown key (did you mean "min"?); allowed keys: min, max',
    ]);
  });
});

describe("secrets", () => {
  it("are hidden wherever they are marked", () => {
    const schema = z.object({
      Password: secret().min(20),
      Optional: secret().min(20).optional(),
      Wrapped: z.string().min(20).default("").meta({ secret: true }),
      List: z.array(secret().min(20)),
      Table: z.object({ Token: secret().min(20) }),
      Either: z.union([z.int(), secret().min(20)]),
      Checked: secret().refine(() => false, "is too simple"),
      Mistyped: secret(),
    });
    const text = [
      'Password = "hunter2"',
      'Optional = "hunter2"',
      'Wrapped = "hunter2"',
      'List = ["hunter2"]',
      'Table = { Token = "hunter2" }',
      'Either = "hunter2"',
      'Checked = "hunter2"',
      "Mistyped = 4711",
    ].join("\n");
    const found = problems(schema, text);
    expect(found).toHaveLength(8);
    expect(found.join("\n")).not.toMatch(/hunter2|4711/);
    for (const line of found) expect(line).toContain("found ***");
  });

  it("are hidden in URLs", () => {
    const schema = z.object({ URL: z.string().regex(/^nats:/) });
    expect(problems(schema, 'URL = "http://user:hunter2@host:4222"')).toEqual([
      'URL: found "http://***@host:4222"; allowed: a text that matches /^nats:/',
    ]);
  });

  it("stay hidden when the key is mistyped", () => {
    expect(problems(z.object({ Password: secret().optional() }), 'Pasword = "hunter2"')).toEqual([
      'Pasword: unknown key (did you mean "Password"?); allowed keys: Password',
    ]);
  });
});

describe("overridden values", () => {
  const schema = z.object({ Port: z.int(), Hosts: z.array(z.string()).optional(), Auth: secret().optional() });

  it("name the variable instead of the file", () => {
    const overrides = {
      "Plugin.X.x_y[0].Port": "M3__Plugin__X__x_y__Port",
      "Plugin.X.x_y[0].Hosts": "M3__Plugin__X__x_y__Hosts",
      "Plugin.X.x_y[0].Prot": "M3__Plugin__X__x_y__Prot",
    };
    expect(problems(schema, 'Port = "a"\nHosts = ["a", 1]\nProt = 1\nAuth = 1', overrides)).toEqual([
      'environment variable M3__Plugin__X__x_y__Port: Plugin.X.x_y[0].Port: found "a"; allowed: a whole number',
      "environment variable M3__Plugin__X__x_y__Hosts: Plugin.X.x_y[0].Hosts[1]: found 1; allowed: a text; put it in double quotes to make it a text",
      "Auth: found ***; allowed: a text",
      'environment variable M3__Plugin__X__x_y__Prot: Plugin.X.x_y[0].Prot: unknown key (did you mean "Port"?); allowed keys: Port, Hosts, Auth',
    ]);
  });

  it("say how to give a text that looks like a number", () => {
    const overrides = { "Plugin.X.x_y[0].Auth": "M3__Plugin__X__x_y__Auth" };
    expect(problems(schema, "Port = 1\nAuth = 4711", overrides)).toEqual([
      "environment variable M3__Plugin__X__x_y__Auth: Plugin.X.x_y[0].Auth: found ***; allowed: a text; put it in double quotes to make it a text",
    ]);
  });
});
