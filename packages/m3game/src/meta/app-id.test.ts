import { expect, test } from "vitest";
import { parseAppId, serviceId } from "./app-id.ts";

test("an app id has four parts, and a service id that all instances share", () => {
  expect(parseAppId("example.world1.simple.1")).toEqual({
    env: "example",
    world: "world1",
    func: "simple",
    ins: "1",
    app: "example.world1.simple.1",
    service: "example.world1.simple",
  });
  expect(serviceId("example", "world1", "simple")).toBe("example.world1.simple");
});

test.each([
  ["", "has 1 parts: write env.world.func.ins, for example example.world1.simple.1"],
  ["example.world1.simple", "has 3 parts"],
  ["example.world1.simple.1.2", "has 5 parts"],
  ["example.world1..1", 'func is ""; allowed are 1 to 64 of A-Z a-z 0-9 _ and -'],
  ["exa mple.world1.simple.1", 'env is "exa mple"'],
  ["example.*.simple.1", 'world is "*"'],
  ["example.world1.simple.>", 'ins is ">"'],
  ["example.world1.simple.1\n", 'ins is "1\n"'],
  [`example.world1.simple.${"1".repeat(65)}`, "ins is"],
])("%j is refused, saying why", (text, why) => {
  expect(() => parseAppId(text)).toThrow(
    expect.objectContaining({ reason: "ID_INVALID", message: expect.stringContaining(`app id "${text}"`) }),
  );
  expect(() => parseAppId(text)).toThrow(why);
});
