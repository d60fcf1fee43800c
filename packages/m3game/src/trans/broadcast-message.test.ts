import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { describe, expect, test } from "vitest";
import { TransMsgSchema } from "../../gen/m3/transport_pb.js";
import { TestOutboundCall } from "../../test/support/outbound-call.ts";
import { RouteType } from "../meta/route-type.ts";
import { broadcast } from "../rpc/route.ts";
import { decodeBroadcast, encodeBroadcast, serviceSubject, topicSubject } from "./broadcast-message.ts";

const payload = Uint8Array.of(1, 2, 3);

const decode = (init: MessageInitShape<typeof TransMsgSchema>) =>
  decodeBroadcast(toBinary(TransMsgSchema, create(TransMsgSchema, init)));

test("subjects are those of the original; topics have their own", () => {
  expect(serviceSubject("test.w1.back")).toBe("m3svc-test.w1.back");
  expect(topicSubject("test", "w1", "news")).toBe("m3topic-test.w1.news");
});

describe("a broadcast on the wire", () => {
  const call = new TestOutboundCall(broadcast(), {
    routeType: RouteType.BROADCAST,
    metadata: new Map([["roleid", "7"]]),
    payload,
  });

  test("is the original's message", () => {
    expect(fromBinary(TransMsgSchema, encodeBroadcast(call))).toEqual(
      create(TransMsgSchema, {
        method: "/m3test.BackSer/Say",
        metas: [
          { key: "m3routetype", value: "RouteTypeBroad" },
          { key: "m3routesrcapp", value: "test.w1.caller.1" },
          { key: "m3routedstsvc", value: "test.w1.back" },
          { key: "m3routeisnty", value: "1" },
          { key: "roleid", value: "7" },
        ],
        content: payload,
        srcApp: "test.w1.caller.1",
        nty: true,
      }),
    );
  });

  test("reads as the call it was, one-way and without a deadline", () => {
    const inbound = decodeBroadcast(encodeBroadcast(call));
    expect(inbound).toMatchObject({
      method: "/m3test.BackSer/Say",
      metadata: new Map([["roleid", "7"]]),
      payload,
      sourceApp: "test.w1.caller.1",
      targetService: "test.w1.back",
      targetApp: "",
      routeType: RouteType.BROADCAST,
      hops: 0,
      notify: true,
      deadline: Number.POSITIVE_INFINITY,
    });
    expect(() => inbound.respond(payload)).not.toThrow();
  });
});

describe("a message on the broker", () => {
  test.each([
    ["", RouteType.BROADCAST],
    ["RouteTypeBroad", RouteType.BROADCAST],
    ["RouteTypeMulti", RouteType.MULTICAST],
    ["RouteTypeHash", RouteType.BROADCAST],
    ["RouteTypeSingle", RouteType.BROADCAST],
  ])("of route type %j is taken as %i: the broker carries nothing else", (value, expected) => {
    expect(decode({ method: "/a/B", metas: [{ key: "m3routetype", value }] }).routeType).toBe(expected);
  });

  test("may have keys in any case", () => {
    const metas = [
      { key: "RoleId", value: "7" },
      { key: "M3RouteDstSvc", value: "test.w1.back" },
    ];
    expect(decode({ method: "/a/B", metas })).toMatchObject({
      metadata: new Map([["roleid", "7"]]),
      targetService: "test.w1.back",
    });
  });

  test.each([
    ["an answer", { method: "/a/B", ack: true }, "is no call"],
    ["without a method", {}, "is no call"],
    ["with a key twice", { method: "/a/B", metas: ["1", "2"].map((value) => ({ key: "k", value })) }, "twice"],
    ["with a value that is no ASCII", { method: "/a/B", metas: [{ key: "k", value: "名" }] }, "ASCII"],
    ["with too much metadata", { method: "/a/B", metas: [{ key: "k", value: "x".repeat(9000) }] }, "9001 bytes"],
  ])("%s is refused", (_name, init, message) => {
    expect(() => decode(init)).toThrow(message);
  });

  test("that is no message at all is refused", () => {
    expect(() => decodeBroadcast(Uint8Array.of(0xff, 0xff))).toThrow();
  });
});
