import { expect, test } from "vitest";
import { z } from "zod";
import { configKeys } from "./config-keys.ts";
import { secret } from "./secret.ts";

test("keys, what they may be, what counts without them, and which are secret", () => {
  const schema = z.object({
    Host: z.string().min(1).default("127.0.0.1"),
    Port: z.int().min(0).max(65_535),
    Level: z.preprocess(
      (text) => (typeof text === "string" ? text.toUpperCase() : text),
      z.enum(["LOW", "HIGH"]).default("LOW"),
    ),
    Token: secret().optional(),
    Ids: z.array(z.int()).default([1, 2]),
    Tls: z.object({ CertFile: z.string(), Strict: z.boolean().default(true) }).optional(),
  });
  expect(configKeys(schema)).toEqual([
    { key: "Host", allowed: "a text that is not empty", fallback: '"127.0.0.1"', isRequired: false, isSecret: false },
    { key: "Port", allowed: "a whole number from 0 to 65535", fallback: undefined, isRequired: true, isSecret: false },
    { key: "Level", allowed: 'one of "LOW", "HIGH"', fallback: '"LOW"', isRequired: false, isSecret: false },
    { key: "Token", allowed: "a text", fallback: undefined, isRequired: false, isSecret: true },
    { key: "Ids", allowed: "a list, each a whole number", fallback: "[1, 2]", isRequired: false, isSecret: false },
    { key: "Tls.CertFile", allowed: "a text", fallback: undefined, isRequired: true, isSecret: false },
    { key: "Tls.Strict", allowed: "true or false", fallback: "true", isRequired: false, isSecret: false },
  ]);
});

test("a schema that is no table has no keys", () => {
  expect(configKeys(z.string())).toEqual([]);
});
