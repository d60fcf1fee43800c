import { expect } from "vitest";
import { findFreePort } from "../services/free-ports.ts";
import type { AddTest, TransFixture } from "./fixture.ts";
import { echo } from "./recording-host.ts";
import { TestLink } from "./test-link.ts";

/** Connecting, losing the connection, and leaving in order. */
export function connectionTests(test: AddTest, fixture: () => TransFixture): void {
  test("a link connects by itself; calls sent meanwhile wait for it", async () => {
    const server = await fixture().echoServer();
    const link = await fixture().link(server);
    const early = link.send();
    await early.answer();
    await link.until("up");
    expect(link.link.state).toBe("up");
    expect(link.states.items).toEqual(link.states.items[0] === "up" ? ["up"] : ["connecting", "up"]);
  });

  test("without a listener the link goes down, and calls fail with NO_CONNECTION", async () => {
    const endpoint = await fixture().closedEndpoint();
    const link = new TestLink(await fixture().trans(), "test.world1.echo.1", endpoint);
    const early = link.send();
    await link.until("down");
    const late = link.send();
    for (const call of [early, late]) {
      expect(await call.error()).toMatchObject({ reason: "NO_CONNECTION", notExecuted: true });
      expect(call.outcomes).toHaveLength(1);
    }
  });

  test("a call that waits for the connection can be cancelled", async () => {
    const endpoint = await fixture().closedEndpoint();
    const link = new TestLink(await fixture().trans(), "test.world1.echo.1", endpoint);
    const call = link.send();
    link.link.cancel(call);
    await link.until("down");
    expect(await link.send().error()).toMatchObject({ reason: "NO_CONNECTION" });
    expect(call.outcomes).toEqual([]);
  });

  test("a listener that closes leaves its calls with UNKNOWN_OUTCOME and the link down", async () => {
    const server = await fixture().server();
    const link = await fixture().link(server);
    const calls = [link.send(), link.send(), link.send()];
    const inbound = await server.host.calls.first(calls.length);
    await server.listener[Symbol.asyncDispose]();
    await server.listener[Symbol.asyncDispose]();
    for (const call of inbound) call.respond(call.payload);
    for (const call of calls) {
      expect(await call.error()).toMatchObject({ reason: "UNKNOWN_OUTCOME", notExecuted: false });
      expect(call.outcomes).toHaveLength(1);
    }
    await link.until("down");
  });

  test("a link finds a listener that came back", async () => {
    const port = await findFreePort();
    const first = await fixture().echoServer({ port });
    const link = await fixture().link(first);
    await link.send().answer();
    await first[Symbol.asyncDispose]();
    await link.until("down");
    const second = await fixture().echoServer({ port });
    await link.until("up");
    await link.send().answer();
    expect(second.host.calls.items).toHaveLength(1);
  });

  test("a draining listener answers what runs and takes nothing new", async () => {
    const server = await fixture().server();
    const link = await fixture().link(server);
    const running = link.send();
    const [inbound] = await server.host.calls.first(1);
    server.listener.drain();
    server.listener.drain();
    await link.until("down");
    const refused = await link.send().error();
    expect(["DRAINING", "NO_CONNECTION"]).toContain(refused.reason);
    expect(refused.notExecuted).toBe(true);
    inbound?.respond(new Uint8Array(7));
    expect(await running.answer()).toHaveLength(7);
    expect(server.host.calls.items).toHaveLength(1);
  });

  test("a link made to a draining listener carries nothing either", async () => {
    const server = await fixture().server();
    server.listener.drain();
    const link = await fixture().link(server);
    const refused = await link.send().error();
    expect(["DRAINING", "NO_CONNECTION"]).toContain(refused.reason);
    expect(refused.notExecuted).toBe(true);
    expect(server.host.calls.items).toEqual([]);
  });

  test("a closed link is down and sends nothing; closing it again does nothing", async () => {
    const server = await fixture().echoServer();
    const link = await fixture().link(server);
    await link.until("up");
    await link.link[Symbol.asyncDispose]();
    await link.link[Symbol.asyncDispose]();
    expect(link.link.state).toBe("down");
    expect(await link.send().error()).toMatchObject({ reason: "NO_CONNECTION", notExecuted: true });
  });

  test("closing the transport closes its listeners and links", async () => {
    const trans = await fixture().trans();
    const server = await fixture().server();
    const link = new TestLink(trans, server.host.app, server.listener.endpoint);
    await link.until("up");
    const open = link.send();
    await server.host.calls.first(1);
    await trans[Symbol.asyncDispose]();
    await trans[Symbol.asyncDispose]();
    expect(await open.error()).toMatchObject({ reason: "UNKNOWN_OUTCOME" });
    expect(link.link.state).toBe("down");
  });

  test("two transports of one process keep to themselves", async () => {
    const one = await fixture().server({}, "test.world1.echo.1");
    const two = await fixture().server({}, "test.world1.echo.2");
    one.host.answer = echo;
    two.host.answer = echo;
    expect(one.listener.endpoint).not.toBe(two.listener.endpoint);
    const toOne = await fixture().link(one);
    const toTwo = await fixture().link(two);
    await toOne.send().answer();
    await one[Symbol.asyncDispose]();
    await toOne.until("down");
    await toTwo.send().answer();
    expect([one.host.calls.items.length, two.host.calls.items.length]).toEqual([1, 1]);
  });
}
