import { expect, test } from "vitest";
import { isAllowedOrigin } from "./origin.ts";

test.each([
  [undefined, "game.example", [], true],
  ["https://game.example", "game.example", [], true],
  ["https://GAME.example", "Game.Example", [], true],
  ["https://game.example:8443", "game.example:8443", [], true],
  ["https://game.example:8443", "game.example", [], false],
  ["https://game.example.evil.example", "game.example", [], false],
  ["no url", "game.example", [], false],
  ["https://game.example", undefined, [], false],
  ["https://game.example", "game.example", ["https://other.example"], false],
  ["https://other.example", "game.example", ["https://other.example"], true],
  ["https://any.example", "game.example", ["*"], true],
])("origin %s at host %s, allowed %j: %s", (origin, host, allowed, expected) => {
  expect(isAllowedOrigin(origin, host, allowed)).toBe(expected);
});
