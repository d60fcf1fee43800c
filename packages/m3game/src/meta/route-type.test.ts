import { expect, test } from "vitest";
import { parseRouteType, RouteType, routeTypeText, toRouteType } from "./route-type.ts";

test("route types have the texts and numbers of the wire", () => {
  expect(Object.values(RouteType).map((type) => [type, routeTypeText(type)])).toEqual([
    [1, "RouteTypeP2P"],
    [2, "RouteTypeRandom"],
    [3, "RouteTypeHash"],
    [4, "RouteTypeBroad"],
    [5, "RouteTypeSingle"],
    [6, "RouteTypeMulti"],
  ]);
  for (const type of Object.values(RouteType)) {
    expect(parseRouteType(routeTypeText(type))).toBe(type);
    expect(toRouteType(type)).toBe(type);
  }
  expect([parseRouteType("RouteTypeNone"), parseRouteType(""), toRouteType(0), toRouteType(7)]).toEqual(
    Array.from({ length: 4 }, () => undefined),
  );
});
