import type { InboundCall } from "m3game";
import { expect } from "vitest";
import type { AddTest, TransFixture } from "./fixture.ts";

/** What happens to a call that nobody waits for any more. */
export function cancelTests(test: AddTest, fixture: () => TransFixture): void {
  test("a cancelled call is cancelled at the other side, once, and reports nothing", async () => {
    const server = await fixture().server();
    const link = await fixture().link(server);
    const call = link.send();
    const [inbound] = await server.host.calls.first(1);
    const cancelled = onCancel(inbound);
    link.link.cancel(call);
    await cancelled.promise;
    server.host.answer = (next) => next.respond(next.payload);
    await link.send().answer();
    expect(call.outcomes).toEqual([]);
    expect(cancelled.count()).toBe(1);
  });

  test("an answer to a cancelled call harms nothing", async () => {
    const server = await fixture().server();
    const link = await fixture().link(server);
    const call = link.send();
    const [inbound] = await server.host.calls.first(1);
    link.link.cancel(call);
    await onCancel(inbound).promise;
    inbound?.respond(new Uint8Array(3));
    server.host.answer = (next) => next.respond(next.payload);
    await link.send().answer();
    expect(call.outcomes).toEqual([]);
  });

  test("an answered call is not cancelled, whatever comes later", async () => {
    const server = await fixture().server();
    const link = await fixture().link(server);
    const call = link.send();
    const [inbound] = await server.host.calls.first(1);
    const cancelled = onCancel(inbound);
    inbound?.respond(new Uint8Array());
    await call.answer();
    link.link.cancel(call);
    const open = link.send();
    const next = onCancel((await server.host.calls.first(2))[1]);
    await link.link[Symbol.asyncDispose]();
    await next.promise;
    expect(await open.error()).toMatchObject({ reason: "UNKNOWN_OUTCOME" });
    expect(cancelled.count()).toBe(0);
    expect(call.outcomes).toHaveLength(1);
  });

  test("closing the link cancels its calls at the other side", async () => {
    const server = await fixture().server();
    const link = await fixture().link(server);
    const call = link.send();
    const [inbound] = await server.host.calls.first(1);
    const cancelled = onCancel(inbound);
    await link.link[Symbol.asyncDispose]();
    await cancelled.promise;
    expect(await call.error()).toMatchObject({ reason: "UNKNOWN_OUTCOME", notExecuted: false });
    expect(call.outcomes).toHaveLength(1);
  });
}

function onCancel(call: InboundCall | undefined) {
  const { promise, resolve } = Promise.withResolvers<void>();
  let count = 0;
  if (call !== undefined) {
    call.onCancel = () => {
      count += 1;
      resolve();
    };
  }
  return { promise, count: () => count };
}
