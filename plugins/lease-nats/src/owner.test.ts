import { expect, test } from "vitest";
import { claimKey, decodeOwner, encodeOwner } from "./owner.ts";

test("an owner is read as it was written; anything else is nobody", () => {
  const owner = { app: "e.w.f.1", incarnation: "i", address: "h:1", session: "s", seconds: 10 };
  expect(decodeOwner(encodeOwner(owner))).toEqual(owner);
  for (const text of ["", "no JSON", "{}"]) expect(decodeOwner(new TextEncoder().encode(text))).toBeUndefined();
  expect(decodeOwner(undefined)).toBeUndefined();
});

test("keys of claims differ by each character of the id, and hold only what NATS allows", () => {
  const ids = ["a", "A", "a.b", "a*", ">", " ", "日本", "a\0", "/"];
  const keys = ids.map(claimKey);
  expect(new Set(keys).size).toBe(ids.length);
  for (const key of keys) expect(key).toMatch(/^claim\.[\w-]+$/);
});
