import { create, equals } from "@bufbuild/protobuf";
import { Code, errorDetail, type InboundCall, M3Error } from "m3game";
import { ErrorPayloadSchema } from "m3game/gen/m3/error_pb.js";
import { RouteType } from "m3game/internal";
import { expect } from "vitest";
import { echoMethod } from "./echo-service.ts";
import type { AddTest, TransFixture } from "./fixture.ts";
import { callerApp } from "./test-call.ts";

const clockSlackMs = 50;

/** What a call carries over, both ways. */
export function callTests(test: AddTest, fixture: () => TransFixture): void {
  test("the payload goes there and back unchanged, empty and large ones too", async () => {
    const server = await fixture().echoServer();
    const link = await fixture().link(server);
    for (const payload of [bytes(0), bytes(1), bytes(1000), bytes(1024 * 1024)]) {
      expect(equal(await link.send({ payload }).answer(), payload)).toBe(true);
    }
    expect(server.host.calls.items.map((call) => call.payload.length)).toEqual([0, 1, 1000, 1024 * 1024]);
  });

  test("metadata arrives as it was given", async () => {
    const server = await fixture().echoServer();
    const link = await fixture().link(server);
    const printable = String.fromCharCode(...Array.from({ length: 0x5f }, (_, index) => 0x20 + index)).trim();
    const metadata = new Map([
      ["actorid", "42"],
      ["authorization", "Bearer a,b, c"],
      ["x-trace.id_1", printable],
      ["empty", ""],
      ["long", "x".repeat(7000)],
    ]);
    await link.send({ metadata }).answer();
    expect(new Map(server.host.calls.last.metadata)).toEqual(metadata);
    await link.send().answer();
    expect(server.host.calls.last.metadata.size).toBe(0);
  });

  test("every field of the head arrives", async () => {
    const server = await fixture().echoServer();
    const link = await fixture().link(server);
    for (const routeType of Object.values(RouteType)) {
      const fields = { routeType, hashKey: "42", hops: 2, chain: "Club/7,Role/1", targetService: "test.world1.echo" };
      await link.send(fields).answer();
      const expected = { ...fields, method: echoMethod, sourceApp: callerApp, notify: false };
      expect(headOf(server.host.calls.last)).toEqual(expected);
      const { targetApp } = server.host.calls.last;
      expect(routeType === RouteType.P2P ? [server.host.app] : ["", server.host.app]).toContain(targetApp);
    }
    await link.send({ hashKey: "", hops: 0, chain: "" }).answer();
    expect(headOf(server.host.calls.last)).toMatchObject({ hashKey: "", hops: 0, chain: "" });
  });

  test("a hash key may be any text", async () => {
    const server = await fixture().echoServer();
    const link = await fixture().link(server);
    for (const hashKey of [" blanks around ", "имя ☂", "100%", "a, b", "\n"]) {
      await link.send({ routeType: RouteType.HASH, hashKey }).answer();
      expect(server.host.calls.last.hashKey).toBe(hashKey);
    }
  });

  test("the deadline arrives as the time that is left", async () => {
    const server = await fixture().echoServer();
    const link = await fixture().link(server);
    await link.until("up");
    const sentAt = performance.now();
    const deadline = sentAt + 30_000;
    await link.send({ deadline }).answer();
    const underwayMs = performance.now() - sentAt;
    expect(server.host.calls.last.deadline).toBeGreaterThan(deadline - clockSlackMs);
    expect(server.host.calls.last.deadline).toBeLessThan(deadline + underwayMs + clockSlackMs);
    await link.send({ deadline: Number.POSITIVE_INFINITY }).answer();
    expect(server.host.calls.last.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  test("an error arrives with code, message, reason, details, retryAfterMs and notExecuted", async () => {
    const server = await fixture().server();
    const link = await fixture().link(server);
    const detail = create(ErrorPayloadSchema, { type: "slot", value: bytes(3) });
    const sent = new M3Error(Code.FAILED_PRECONDITION, 'the slot "a/b" is taken: 100 % ☂\nchoose another', {
      reason: "SLOT_TAKEN",
      notExecuted: true,
      retryAfterMs: 250,
      details: [errorDetail(ErrorPayloadSchema, detail)],
    });
    server.host.answer = (call) => call.fail(sent);
    const got = await link.send().error();
    const { code, message, reason, notExecuted, retryAfterMs } = got;
    expect({ code, message, reason, notExecuted, retryAfterMs }).toEqual({
      code: sent.code,
      message: sent.message,
      reason: "SLOT_TAKEN",
      notExecuted: true,
      retryAfterMs: 250,
    });
    const payload = got.detail(ErrorPayloadSchema);
    expect(payload && equals(ErrorPayloadSchema, payload, detail)).toBe(true);
  });

  test("every code arrives, also without a reason", async () => {
    const server = await fixture().server();
    const link = await fixture().link(server);
    for (const code of Object.values(Code)) {
      server.host.answer = (call) => call.fail(new M3Error(code, "no"));
      expect(await link.send().error()).toMatchObject({ code, message: "no", reason: "", notExecuted: false });
    }
  });

  test("an error with a message of any length or content is an error still", async () => {
    const server = await fixture().server();
    const link = await fixture().link(server);
    for (const message of ["", "☂".repeat(20_000), "\ud800", "a\u0000b"]) {
      server.host.answer = (call) => call.fail(new M3Error(Code.ABORTED, message));
      expect(await link.send().error()).toMatchObject({ code: Code.ABORTED });
    }
  });

  test("a notify call arrives and ends without an answer", async () => {
    const server = await fixture().server();
    const link = await fixture().link(server);
    const call = link.send({ notify: true, payload: bytes(5) });
    await call.answer();
    await server.host.calls.first(1);
    expect(server.host.calls.last.notify).toBe(true);
    expect(equal(server.host.calls.last.payload, bytes(5))).toBe(true);
    expect(call.outcomes).toHaveLength(1);
  });

  test("500 calls at a time, answered out of order, get each its own answer", async () => {
    const server = await fixture().server();
    const link = await fixture().link(server);
    const names = Array.from({ length: 500 }, (_, index) => `call ${index}`);
    const sent = names.map((name) => link.send({ payload: new TextEncoder().encode(name) }));
    const inbound = await server.host.calls.first(names.length);
    const half = names.length / 2;
    for (const call of [...inbound.slice(half), ...inbound.slice(0, half).reverse()]) call.respond(call.payload);
    const answers = await Promise.all(sent.map((call) => call.answer()));
    expect(answers.map((answer) => new TextDecoder().decode(answer))).toEqual(names);
    expect(sent.every((call) => call.outcomes.length === 1)).toBe(true);
  });
}

// Not by toMatchObject: the call may be a class with getters.
function headOf({ method, routeType, hashKey, hops, chain, targetService, sourceApp, notify }: InboundCall) {
  return { method, routeType, hashKey, hops, chain, targetService, sourceApp, notify };
}

function bytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + 7) % 256);
}

// Comparing a megabyte with toEqual takes seconds.
function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
