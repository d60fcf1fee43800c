import { isM3Error } from "m3game";
import { expect } from "vitest";
import { type AddTest, portOf, type TransFixture } from "./fixture.ts";

const maxMessageBytes = 64 * 1024;
// A transport may count a call's head too, so that it leaves some room above the limit.
const tooLarge = new Uint8Array(2 * maxMessageBytes);
const largest = new Uint8Array(maxMessageBytes);

/** Messages and addresses that a transport can't take. */
export function limitTests(test: AddTest, fixture: () => TransFixture): void {
  test("a request above the limit fails with MESSAGE_TOO_LARGE, the link still works", async () => {
    const server = await fixture().echoServer({ maxMessageBytes });
    const link = await fixture().link(server, { maxMessageBytes });
    const error = await link.send({ payload: tooLarge }).error();
    expect(error).toMatchObject({ reason: "MESSAGE_TOO_LARGE", notExecuted: true });
    expect(server.host.calls.items).toEqual([]);
    await link.send({ payload: largest }).answer();
  });

  test("a request above the listener's own limit is refused", async () => {
    const server = await fixture().echoServer({ maxMessageBytes });
    const link = await fixture().link(server);
    await link.send({ payload: tooLarge }).error();
    expect(server.host.calls.items).toEqual([]);
  });

  test("a response above the limit fails with MESSAGE_TOO_LARGE, the link still works", async () => {
    const server = await fixture().server({ maxMessageBytes });
    const link = await fixture().link(server, { maxMessageBytes });
    server.host.answer = (call) => call.respond(tooLarge);
    const error = await link.send().error();
    expect(error).toMatchObject({ reason: "MESSAGE_TOO_LARGE", notExecuted: false });
    server.host.answer = (call) => call.respond(largest);
    expect(await link.send().answer()).toHaveLength(maxMessageBytes);
  });

  test("a port in use is refused with PORT_IN_USE and its address", async () => {
    const server = await fixture().echoServer();
    const other = await fixture().trans({ port: portOf(server.listener.endpoint) });
    const error: unknown = await other.listen(server.host).catch((reason: unknown) => reason);
    expect(isM3Error(error) && error.reason).toBe("PORT_IN_USE");
    expect(String(error)).toContain(server.listener.endpoint);
    const link = await fixture().link(server);
    await link.send().answer();
  });
}
