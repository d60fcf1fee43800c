import { describe, expect, test } from "vitest";
import { instanceOf } from "../../test/support/fake-link.ts";
import { TestOutboundCall } from "../../test/support/outbound-call.ts";
import type { Instance } from "../plugin/router.ts";
import type { ConnectOptions, InboundCall, Link, Trans, TransHost } from "../plugin/trans.ts";
import { createConnector } from "./connector.ts";

/** A transport that notes where it was to connect. */
class NotingTrans implements Trans {
  readonly scheme: string;
  readonly preference: number;
  readonly isGrpc: boolean;
  readonly connects: ConnectOptions[] = [];

  constructor(scheme: string, preference: number, isGrpc = false) {
    this.scheme = scheme;
    this.preference = preference;
    this.isGrpc = isGrpc;
  }

  listen(): never {
    throw new Error("not used");
  }

  connect(options: ConnectOptions): Link {
    this.connects.push(options);
    return { state: "up", send: () => {}, cancel: () => {}, [Symbol.asyncDispose]: async () => {} };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Answers calls and keeps them in `calls`. */
function host(calls: InboundCall[]): TransHost {
  return {
    app: "test.w1.back.1",
    services: [],
    controls: [],
    dispatch: (call) => {
      calls.push(call);
      call.respond(Uint8Array.of(7));
    },
    isReady: () => true,
  };
}

function setUp() {
  const calls: InboundCall[] = [];
  const http2 = new NotingTrans("http2", 10, true);
  const tcp = new NotingTrans("tcp", 20);
  const connect = createConnector(host(calls), [http2, tcp]);
  const to = (instance: Instance) => {
    const link = connect(instance, () => {});
    const used = [...http2.connects, ...tcp.connects];
    return { link, used: used.map(({ endpoint, targetApp, sourceApp }) => [endpoint, targetApp, sourceApp].join(" ")) };
  };
  return { to, http2, tcp, calls };
}

describe("the transport to an app", () => {
  test("is the preferred one of those that both have", () => {
    const { to, tcp } = setUp();
    const { used } = to(instanceOf(2, { "m3ep.http2": "h:1", "m3ep.tcp": "h:2", "m3ep.nats": "n" }));
    expect(used).toEqual(["h:2 test.w1.back.2 test.w1.back.1"]);
    expect(tcp.connects).toHaveLength(1);
  });

  test("is another one where the preferred one is not offered", () => {
    const { to, http2 } = setUp();
    expect(to(instanceOf(2, { "m3ep.http2": "h:1" })).used).toEqual(["h:1 test.w1.back.2 test.w1.back.1"]);
    expect(http2.connects).toHaveLength(1);
  });

  test("is gRPC at its address where it says nothing of endpoints: an app of the original", () => {
    const { to, http2 } = setUp();
    const { used } = to({ ...instanceOf(2, { m3appver: "1" }), host: "10.0.0.7", port: 20_051 });
    expect(used).toEqual(["10.0.0.7:20051 test.w1.back.2 test.w1.back.1"]);
    expect(http2.connects).toHaveLength(1);
  });

  test("is NATS where it has no port either: an app of the original that only uses NATS", () => {
    const nats = new NotingTrans("nats", 5);
    const connect = createConnector(host([]), [new NotingTrans("http2", 10, true), nats]);
    connect({ ...instanceOf(2), host: "nats://10.0.0.1:4222", port: 0 }, () => {});
    expect(nats.connects).toMatchObject([{ endpoint: "nats://10.0.0.1:4222", targetApp: "test.w1.back.2" }]);
  });

  test.each([
    ["offers only others", instanceOf(2, { "m3ep.nats": "n" })],
    ["has no port", { ...instanceOf(2), port: 0 }],
  ])("does not exist where it %s", (_name, instance) => {
    const { to } = setUp();
    expect(to(instance)).toEqual({ link: undefined, used: [] });
  });

  test("is none at all to the app itself: the call stays in the process, but runs later", async () => {
    const { to, calls } = setUp();
    const { link, used } = to(instanceOf(1, { "m3ep.tcp": "h:2" }));
    const call = new TestOutboundCall();
    link?.send(call);
    expect(calls).toEqual([]);
    expect(await call.ended).toEqual(Uint8Array.of(7));
    expect(used).toEqual([]);
  });
});
