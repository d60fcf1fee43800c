import { describe, expect, it } from "vitest";
import { z } from "zod";
import { describeConfig } from "./describe.ts";
import { secret } from "./secret.ts";

describe("describeConfig", () => {
  it("hides secrets at any depth and keeps the rest", () => {
    const schema = z.object({
      Host: z.string(),
      Port: z.int(),
      Tls: z.boolean(),
      Since: z.date(),
      Password: secret(),
      Optional: secret().min(3).optional(),
      Missing: secret().optional(),
      Default: secret().default("hunter2"),
      Outside: z.string().nullable().readonly().meta({ secret: true }),
      List: z.array(z.object({ Token: secret(), Name: z.string() })),
      Record: z.record(z.string(), secret()),
      Pair: z.tuple([z.string(), secret()]).rest(secret()),
      Both: z.intersection(z.object({ A: secret() }), z.object({ B: secret() })),
      Lazy: z.lazy(() => z.object({ C: secret() })),
    });
    const since = new Date(0);
    const value = schema.parse({
      Host: "h",
      Port: 1,
      Tls: true,
      Since: since,
      Password: "hunter2",
      Optional: "hunter2",
      Outside: "hunter2",
      List: [{ Token: "hunter2", Name: "a" }],
      Record: { x: "hunter2" },
      Pair: ["open", "hunter2", "hunter2"],
      Both: { A: "hunter2", B: "hunter2" },
      Lazy: { C: "hunter2" },
    });
    expect(describeConfig(schema, value)).toEqual({
      Host: "h",
      Port: 1,
      Tls: true,
      Since: since,
      Password: "***",
      Optional: "***",
      Default: "***",
      Outside: "***",
      List: [{ Token: "***", Name: "a" }],
      Record: { x: "***" },
      Pair: ["open", "***", "***"],
      Both: { A: "***", B: "***" },
      Lazy: { C: "***" },
    });
  });

  it("makes a copy", () => {
    const schema = z.object({ List: z.array(z.string()), Password: secret() });
    const value = { List: ["a"], Password: "hunter2" };
    const shown = describeConfig(schema, value);
    expect(value).toEqual({ List: ["a"], Password: "hunter2" });
    expect(shown).not.toBe(value);
    expect(shown).toMatchObject({ List: ["a"] });
  });

  it("hides a secret of whatever type, in whichever alternative", () => {
    const schema = z.object({
      Auth: z.union([z.object({ Token: secret() }), z.object({ User: z.string(), Password: secret() })]),
      Either: z.union([z.int(), secret()]),
      Pin: z.int().meta({ secret: true }),
    });
    expect(describeConfig(schema, { Auth: { User: "u", Password: "hunter2" }, Either: "hunter2", Pin: 4711 })).toEqual({
      Auth: { User: "u", Password: "***" },
      Either: "***",
      Pin: "***",
    });
  });

  it("hides as a whole what a transform made of a secret", () => {
    const renamed = z.object({ Password: secret() }).transform((config) => ({ password: config.Password }));
    const decoded = z.codec(secret(), z.object({ raw: z.string() }), {
      decode: (raw) => ({ raw }),
      encode: ({ raw }) => raw,
    });
    const schema = z.object({ Renamed: renamed, Decoded: decoded, Key: secret().transform((text) => `x${text}`) });
    const value = schema.parse({ Renamed: { Password: "hunter2" }, Decoded: "hunter2", Key: "hunter2" });
    expect(describeConfig(schema, value)).toEqual({ Renamed: "***", Decoded: "***", Key: "***" });
  });

  it.each<[kind: string, schema: z.ZodType]>([
    ["a table", z.object({ a: secret() })],
    ["further keys", z.object({}).catchall(secret())],
    ["a record", z.record(z.string(), secret())],
    ["a list", z.array(secret())],
    ["a tuple", z.tuple([z.int(), secret()])],
    ["the rest of a tuple", z.tuple([z.int()]).rest(secret())],
    ["a union", z.union([z.int(), secret()])],
    ["an intersection", z.intersection(z.object({}), z.object({ a: secret() }))],
    ["a lazy schema", z.lazy(() => secret())],
    ["a pipe", z.string().pipe(secret())],
    ["wrappers", secret().optional().nullable().default("").readonly().catch("").prefault("").nonoptional()],
  ])("finds the secret behind a transform in %s", (_kind, schema) => {
    const transformed = schema.transform(() => "hunter2");
    expect(describeConfig(transformed, "hunter2")).toBe("***");
  });

  it("shows what a transform made of other things", () => {
    const schema = z.object({
      Hosts: z.string().transform((text) => text.split(",")),
      Checked: z.preprocess((value) => value, z.object({ Password: secret(), A: z.int() })),
    });
    const value = schema.parse({ Hosts: "a,b", Checked: { Password: "hunter2", A: 1 } });
    expect(describeConfig(schema, value)).toEqual({ Hosts: ["a", "b"], Checked: { Password: "***", A: 1 } });
  });

  it("hides user and password in URLs", () => {
    const schema = z.looseObject({ URL: z.string(), Free: z.unknown() });
    const value = {
      URL: "mongodb://root:hunter2@a:1,b:2/db?x=y@z",
      Free: { Deep: ["nats://u:hunter2@h:4222,nats://u:hunter2@i:4222", "http://h/path@x"] },
      Further: "redis://:p@ss@h",
    };
    expect(describeConfig(schema, value)).toEqual({
      URL: "mongodb://***@a:1,b:2/db?x=y@z",
      Free: { Deep: ["nats://***@h:4222,nats://***@i:4222", "http://h/path@x"] },
      Further: "redis://***@h",
    });
  });

  it("hides what a catchall marks", () => {
    const schema = z.object({ Name: z.string() }).catchall(secret());
    expect(describeConfig(schema, { Name: "n", Token: "hunter2" })).toEqual({ Name: "n", Token: "***" });
  });

  it("follows schemas that contain themselves", () => {
    const node = z.object({
      Token: secret(),
      get Children() {
        return z.array(node).optional();
      },
    });
    const schema = node.transform((tree) => ({ tree }));
    expect(describeConfig(node, { Token: "a", Children: [{ Token: "b" }] })).toEqual({
      Token: "***",
      Children: [{ Token: "***" }],
    });
    expect(describeConfig(schema, { tree: { Token: "a" } })).toBe("***");
    expect(
      describeConfig(
        z.lazy(() => z.string()),
        "x",
      ),
    ).toBe("x");
  });
});
