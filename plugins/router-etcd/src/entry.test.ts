import { encodeRegistryEntry } from "m3game/internal";
import { expect, test } from "vitest";
import { decodeEntry, entryKey } from "./entry.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const instance = { app: "e.w.f.1", service: "e.w.f", host: "nats://h:1", port: 0, meta: { "m3ep.tcp": "h:2" } };

test("an entry is read as it was written", () => {
  expect(decodeEntry(entryKey("e.w.f", "e.w.f.1"), encodeRegistryEntry(instance, "i"))).toEqual({
    instance,
    incarnation: "i",
  });
});

test.each([
  ["/m3/router/e.w.f", "{}"],
  ["/m3/router/e.w.f/e.w.f.1/more", "{}"],
  ["/m3/router/e.w.f/e.w.f.1", "no JSON"],
  ["/m3/router/e.w.f/e.w.f.1", '{"host":1}'],
])("what somebody else wrote is no entry: %s = %s", (key, value) => {
  expect(decodeEntry(bytes(key), bytes(value))).toBeUndefined();
});
