import { describeWithService, echo, echoMethod } from "@m3game/testing";
import { Code, RouteType } from "m3game";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { NatsFixture, serverApp } from "./support/nats-fixture.ts";
import { OriginalApp } from "./support/original-app.ts";

const originalId = "test.world1.original.1";

describeWithService("nats", "trans_nats and apps of the original", () => {
  let nats: NatsFixture;
  let original: OriginalApp;

  beforeEach(async () => {
    nats = await NatsFixture.start();
    original = nats.use(await OriginalApp.start(nats.url, originalId));
  });

  afterEach(() => nats[Symbol.asyncDispose]());

  test("one calls ours: head and payload arrive, the answer goes to its subject", async () => {
    const { host } = await nats.listen();
    host.answer = echo;
    original.send(serverApp, {
      method: echoMethod,
      serial: 7n,
      content: Uint8Array.of(1, 2, 3),
      metas: [
        { key: "m3routetype", value: "RouteTypeP2P" },
        { key: "m3routesrcapp", value: originalId },
        { key: "m3routedstapp", value: serverApp },
        { key: "ActorId", value: "42" },
      ],
    });
    const answer = await original.received.until(({ ack }) => ack);
    expect(answer).toMatchObject({ method: echoMethod, serial: 7n, ack: true, metas: [], errCode: 0 });
    expect(answer.srcApp).toBe(serverApp);
    expect([...answer.content]).toEqual([1, 2, 3]);
    const call = host.calls.last;
    expect([call.sourceApp, call.targetApp, call.routeType]).toEqual([originalId, serverApp, RouteType.P2P]);
    expect([...call.metadata]).toEqual([["actorid", "42"]]);
    expect(call.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  test("one calls ours many times with one serial, as it does: each call is answered", async () => {
    const { host } = await nats.listen();
    for (const byte of [1, 2, 3]) {
      original.send(serverApp, { method: echoMethod, serial: 0n, content: Uint8Array.of(byte) });
    }
    for (const call of await host.calls.first(3)) call.respond(call.payload);
    const answers = await original.received.first(3);
    expect(answers.map(({ content }) => content[0])).toEqual([1, 2, 3]);
  });

  test("ours calls one: each call with a serial of its own, its head in metas", async () => {
    const link = await nats.linkToOriginal(originalId);
    const metadata = new Map([["traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"]]);
    const fields = { hashKey: "42", routeType: RouteType.HASH, hops: 1, chain: "Role/1", metadata };
    const calls = [1, 2].map((byte) =>
      link.send({ ...fields, deadline: performance.now() + 30_000, payload: Uint8Array.of(byte) }),
    );
    const requests = await original.received.first(2);
    expect(requests[0]?.serial).not.toBe(requests[1]?.serial);
    const metas = new Map(requests[0]?.metas.map(({ key, value }) => [key, value]));
    expect(Number(metas.get("m3timeout"))).toBeGreaterThan(0);
    metas.delete("m3timeout");
    expect(Object.fromEntries(metas)).toEqual({
      m3routetype: "RouteTypeHash",
      m3routesrcapp: "test.world1.caller.1",
      m3routedstsvc: "test.world1.echo",
      m3routehashkey: "42",
      m3routeisnty: "0",
      m3hops: "1",
      m3chain: "Role/1",
      traceparent: metadata.get("traceparent"),
    });
    for (const request of requests.toReversed()) original.answer(request, { content: request.content });
    expect((await Promise.all(calls.map((call) => call.answer()))).map(([byte]) => byte)).toEqual([1, 2]);
  });

  test("its errors arrive, whatever number they have", async () => {
    const link = await nats.linkToOriginal(originalId);
    for (const [errCode, code] of [
      [5, Code.NOT_FOUND],
      [-1, Code.UNKNOWN],
      [4711, Code.UNKNOWN],
    ] as const) {
      original.received.items.length = 0;
      const call = link.send();
      original.answer(await original.received.until(() => true), { errCode, errContent: "no such club" });
      expect(await call.error()).toMatchObject({ code, message: "no such club", notExecuted: false });
    }
  });

  test("a one-way call says so, and is answered by nobody", async () => {
    const link = await nats.linkToOriginal(originalId);
    await link.send({ notify: true }).answer();
    expect(await original.received.until(() => true)).toMatchObject({ nty: true, ack: false });
    const { host } = await nats.listen();
    original.send(serverApp, { method: echoMethod, nty: true });
    original.send(serverApp, { method: echoMethod, serial: 1n });
    const [oneWay, call] = await host.calls.first(2);
    oneWay?.respond(new Uint8Array(1));
    call?.respond(new Uint8Array(2));
    const answer = await original.received.until(({ ack }) => ack);
    expect(answer.content).toHaveLength(2);
  });

  test("one that is gone fails calls at once, those in flight too, and is found again", async () => {
    const link = await nats.linkToOriginal(originalId);
    const open = link.send();
    await original.received.first(1);
    await original[Symbol.asyncDispose]();
    expect(await link.send().error()).toMatchObject({ reason: "NO_CONNECTION", notExecuted: true });
    expect(await open.error()).toMatchObject({ reason: "UNKNOWN_OUTCOME" });
    const again = nats.use(await OriginalApp.start(nats.url, originalId));
    await link.until("up");
    const call = link.send();
    again.answer(await again.received.until(() => true), { content: Uint8Array.of(9) });
    expect([...(await call.answer())]).toEqual([9]);
  });

  test("one hears nothing but calls and answers on its subject", async () => {
    const link = await nats.linkToOriginal(originalId);
    const call = link.send();
    const request = await original.received.until(() => true);
    link.link.cancel(call);
    const next = link.send();
    await original.received.first(2);
    original.answer(request, {});
    original.answer(original.received.last, {});
    await next.answer();
    expect(original.received.items.map(({ method }) => method)).toEqual([echoMethod, echoMethod]);
    expect(call.outcomes).toEqual([]);
  });

  test("an app that takes no calls says so to one", async () => {
    await nats.linkToOriginal(originalId);
    // Again and again: nothing tells when the caller's subscription has reached the server.
    await vi.waitFor(() => {
      original.send("test.world1.caller.1", { method: echoMethod, serial: 3n });
      expect(original.received.items.at(-1)).toMatchObject({ ack: true, serial: 3n, errCode: Code.UNAVAILABLE });
    }, 20_000);
  });
});
