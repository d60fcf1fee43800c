import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { BackSer } from "../../test/support/services.ts";
import { mayRetry } from "../rpc/retry.ts";
import { codeName } from "./code.ts";
import { reasonError } from "./error.ts";
import { isReason, type ReasonName, reasons } from "./reasons.ts";
import { readServiceMeta } from "./service-meta.ts";

const page = readFileSync(new URL("../../../../docs/errors.md", import.meta.url), "utf8");
const names = Object.keys(reasons).filter(isReason);

const methods = readServiceMeta(BackSer).methods;
const plain = methods.find(({ idempotent }) => !idempotent);
const idempotent = methods.find((method) => method.idempotent);

function sentAgain(name: ReasonName): string {
  const error = reasonError(name, "");
  if (plain !== undefined && mayRetry(plain, error)) return "yes";
  return idempotent !== undefined && mayRetry(idempotent, error) ? "if idempotent" : "no";
}

describe("docs/errors.md", () => {
  test("lists exactly the reasons of the table, as the code treats them", () => {
    const rows = page.split("\n").filter((line) => /^\| [A-Z_]+ \|/.test(line));
    expect(rows).toEqual(
      names.map((name) => `| ${name} | ${codeName(reasons[name].code)} | ${sentAgain(name)} | ${reasons[name].help} |`),
    );
  });
});

describe("the reason table", () => {
  test("every reason has a help text of its own that ends like a sentence", () => {
    const texts = names.map((name) => reasons[name].help);
    expect(new Set(texts).size).toBe(names.length);
    for (const text of texts) expect(text).toMatch(/^[A-Z].*[.?]$/);
  });

  test("only names of the table are reasons", () => {
    expect([isReason("DEADLINE"), isReason("deadline"), isReason("toString"), isReason("")]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
