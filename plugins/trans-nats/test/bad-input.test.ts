import { create, toBinary } from "@bufbuild/protobuf";
import { describeWithService, echo, echoMethod } from "@m3game/testing";
import { Code } from "m3game";
import { TransMsgSchema } from "m3game/gen/m3/transport_pb.js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { NatsFixture, serverApp } from "./support/nats-fixture.ts";
import { OriginalApp } from "./support/original-app.ts";

describeWithService("nats", "trans_nats and bad input", () => {
  let nats: NatsFixture;
  let peer: OriginalApp;

  beforeEach(async () => {
    nats = await NatsFixture.start();
    peer = nats.use(await OriginalApp.start(nats.url, "test.world1.peer.1"));
  });

  afterEach(() => nats[Symbol.asyncDispose]());

  const ask = async (fields: Parameters<OriginalApp["send"]>[1]) => {
    peer.received.items.length = 0;
    peer.send(serverApp, { method: echoMethod, serial: 1n, ...fields });
    return peer.received.until(({ ack }) => ack);
  };

  test("bytes that are no message are logged and harm nothing", async () => {
    const { host, context } = await nats.listen();
    host.answer = echo;
    for (const bytes of [Uint8Array.of(0xff), Uint8Array.of(10, 200), new Uint8Array(100).fill(0x0f)]) {
      peer.sendBytes(serverApp, bytes);
    }
    await context.waitForLine("undecodable message on NATS");
    expect(await ask({})).toMatchObject({ errCode: 0 });
    expect(host.calls.items).toHaveLength(1);
  });

  test.each(["", "a.b", "m.*.w.1", "a.b.c.>", "a b.c.d.1", "a.b.c.1\r\nPUB x 0"])(
    "a caller that calls itself %j is not answered, and its call does not run",
    async (srcApp) => {
      const { host, context } = await nats.listen();
      host.answer = echo;
      peer.sendBytes(serverApp, toBinary(TransMsgSchema, create(TransMsgSchema, { method: echoMethod, srcApp })));
      await context.waitForLine("a call over NATS was refused");
      await ask({});
      expect(host.calls.items).toHaveLength(1);
    },
  );

  test.each([
    ["m3routetype", "RouteTypeNone"],
    ["m3hops", "many"],
    ["m3timeout", "-1"],
    ["a b", "x"],
    ["key", "line\nbreak"],
  ])("the meta %s = %j is refused", async (key, value) => {
    const { host } = await nats.listen();
    const answer = await ask({ metas: [{ key, value }] });
    expect(answer.errCode).toBe(Code.INVALID_ARGUMENT);
    expect(answer.errContent).toContain(key);
    expect(host.calls.items).toEqual([]);
  });

  test("an identity can't be smuggled in by spelling a key twice", async () => {
    const { host } = await nats.listen();
    for (const name of ["RoleId", "M3RouteSrcApp"]) {
      const metas = [name, name.toLowerCase()].map((key) => ({ key, value: "x" }));
      expect(await ask({ metas })).toMatchObject({ errCode: Code.INVALID_ARGUMENT });
    }
    expect(host.calls.items).toEqual([]);
  });

  test("an answer that nobody waits for is dropped", async () => {
    const { host } = await nats.listen();
    host.answer = echo;
    peer.send(serverApp, { method: echoMethod, serial: 99n, ack: true });
    peer.send(serverApp, { method: echoMethod, serial: -1n, ack: true });
    expect(await ask({})).toMatchObject({ errCode: 0 });
  });

  test("calls in flight have a limit, on both sides", async () => {
    const { host } = await nats.listen({ MaxInFlight: 2 });
    const link = await nats.link();
    const calls = [link.send(), link.send(), link.send()];
    expect(await calls[2]?.error()).toMatchObject({ reason: "OVERLOADED", notExecuted: true });
    for (const call of host.calls.items) call.respond(new Uint8Array());
    await Promise.all(calls.slice(0, 2).map((call) => call.answer()));

    const careful = await nats.link({ MaxInFlight: 1 });
    await careful.until("up");
    const first = careful.send();
    expect(await careful.send().error()).toMatchObject({ reason: "OVERLOADED", notExecuted: true });
    (await host.calls.first(3))[2]?.respond(new Uint8Array());
    await first.answer();
  });

  test("what the server would not take is refused before it is sent, and the connection holds", async () => {
    const { host } = await nats.listen();
    const link = await nats.link();
    await link.until("up");
    const error = await link.send({ payload: new Uint8Array(2 ** 20) }).error();
    expect(error).toMatchObject({ reason: "MESSAGE_TOO_LARGE", notExecuted: true });
    expect(error.message).toContain("max_payload");
    host.answer = (call) => call.respond(new Uint8Array(2 ** 20));
    expect(await link.send().error()).toMatchObject({ reason: "MESSAGE_TOO_LARGE", notExecuted: false });
    host.answer = echo;
    await link.send({ payload: new Uint8Array(2 ** 20 - 1000) }).answer();
  });
});
