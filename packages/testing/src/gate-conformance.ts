import { type Gate, type GateListener, M3Error, type PluginContext } from "m3game";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { GateClient, GateEnd } from "./gate/gate-client.ts";
import { RecordingGateHost } from "./gate/recording-gate-host.ts";
import { createPluginContext } from "./plugin-context.ts";
import { Received } from "./received.ts";
import { findFreePort } from "./services/free-ports.ts";

/** Which gate the suite is about. */
export interface GateConformanceOptions {
  /** Names the suite. */
  readonly name: string;
  /** Starts a gate on 127.0.0.1 with this port that takes messages of up to `maxFrameBytes`. */
  readonly create: (context: PluginContext, limits: { port: number; maxFrameBytes: number }) => Gate | Promise<Gate>;
  /** Connects a client. Resolves once it may write; one that is refused later ends. */
  readonly connect: (endpoint: string) => Promise<GateClient>;
}

const maxFrameBytes = 100_000;
const resourceExhausted = 8;

/** A client that keeps what happens to it. */
interface RecordingClient extends GateClient {
  readonly messages: Received<Uint8Array>;
  readonly ended: Promise<GateEnd>;
}

function record(client: GateClient): RecordingClient {
  const messages = new Received<Uint8Array>();
  const { promise: ended, resolve } = Promise.withResolvers<GateEnd>();
  client.onMessage = messages.listener;
  client.onEnd = resolve;
  return Object.assign(client, { messages, ended });
}

const bytes = (...values: readonly number[]) => new Uint8Array(values);

/** Checks a gate against its contract. Call it in a test file. */
export function runGateConformance({ name, create, connect }: GateConformanceOptions): void {
  describe(`gate conformance: ${name}`, () => {
    let cleanup: AsyncDisposableStack;
    let host: RecordingGateHost;
    let listener: GateListener;

    beforeEach(async () => {
      cleanup = new AsyncDisposableStack();
      host = new RecordingGateHost();
      listener = await listen();
    });

    afterEach(() => cleanup.disposeAsync());

    async function listen(port = 0): Promise<GateListener> {
      const gate = cleanup.use(await create(createPluginContext("test.world1.gate.1"), { port, maxFrameBytes }));
      return cleanup.use(await gate.listen(host));
    }

    /** A connection over which a message has come, so that both ends are up. */
    async function talk() {
      const before = host.connections.items.length;
      const client = record(await connect(listener.endpoint));
      cleanup.defer(async () => client.break());
      client.write(bytes(1, 2, 3));
      const server = await host.connections.until((_last, all) => all.length > before);
      await server.messages.first(1);
      return { client, server };
    }

    test("messages come whole and in order, both ways", async () => {
      const { client, server } = await talk();
      for (let index = 0; index < 100; index++) {
        client.write(new Uint8Array(index).fill(index));
        server.connection.send(new Uint8Array(index).fill(index));
      }
      const [came, went] = [await server.messages.first(101), await client.messages.first(100)];
      expect(came.slice(1).map((message) => [...message])).toEqual(went.map((message) => [...message]));
      expect(went.map(({ length }) => length)).toEqual(Array.from({ length: 100 }, (_, index) => index));
      expect(server.connection.remote).toMatch(/127\.0\.0\.1/);
    });

    test("one buffer can be sent to many, and stays as it is", async () => {
      const pairs = [await talk(), await talk(), await talk()];
      const shared = bytes(9, 8, 7);
      for (const { server } of pairs) for (let count = 0; count < 10; count++) server.connection.send(shared);
      for (const { client } of pairs) {
        for (const message of await client.messages.first(10)) expect([...message]).toEqual([9, 8, 7]);
      }
      expect([...shared]).toEqual([9, 8, 7]);
    });

    test("an end in order is told once", async () => {
      const { client, server } = await talk();
      client.end();
      await server.closed.promise;
      expect((await client.ended).code).toBe(0);
      server.connection.close(0, "");
      server.connection.send(bytes(1));
      expect(server.closes).toBe(1);
    });

    test("a broken connection is told once, and takes no more", async () => {
      const { client, server } = await talk();
      client.break();
      await server.closed.promise;
      server.connection.send(bytes(1));
      server.connection.close(7, "late");
      expect(server.closes).toBe(1);
    });

    test("a close brings what was sent before, then code and reason", async () => {
      const { client, server } = await talk();
      server.connection.send(bytes(4));
      server.connection.close(7, "no, not you: 不行");
      server.connection.close(8, "again");
      expect(await client.ended).toEqual({ code: 7, reason: "no, not you: 不行" });
      expect(client.messages.items.map((message) => [...message])).toEqual([[4]]);
    });

    test("a close without an error", async () => {
      const { client, server } = await talk();
      server.connection.close(0, "");
      expect((await client.ended).code).toBe(0);
    });

    test("a long reason is cut", async () => {
      const { client, server } = await talk();
      server.connection.close(7, "不".repeat(5000));
      const { code, reason } = await client.ended;
      expect([code, reason]).toEqual([7, expect.stringMatching(/^不+$/)]);
    });

    test("a client that the host refuses is told why", async () => {
      host.refusal = new M3Error(resourceExhausted, "full");
      const client = record(await connect(listener.endpoint));
      client.write(bytes(1));
      expect(await client.ended).toEqual({ code: resourceExhausted, reason: "full" });
    });

    test("a message that is too large ends its connection, and no other", async () => {
      const [bad, good] = [await talk(), await talk()];
      bad.client.write(new Uint8Array(maxFrameBytes + 1));
      await bad.server.closed.promise;
      await bad.client.ended;
      expect(bad.server.messages.items).toHaveLength(1);
      good.client.write(new Uint8Array(maxFrameBytes));
      expect((await good.server.messages.first(2)).map(({ length }) => length)).toEqual([3, maxFrameBytes]);
    });

    test("what a client does not read is counted, until it does", async () => {
      const { client, server } = await talk();
      expect(server.connection.backlogBytes).toBe(0);
      client.pause();
      const message = new Uint8Array(50_000);
      let sent = 0;
      // Until no buffer on the way takes any more.
      while (server.connection.backlogBytes < 1_000_000) {
        server.connection.send(message);
        if (++sent % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      client.resume();
      await client.messages.first(sent);
      await expect.poll(() => server.connection.backlogBytes).toBe(0);
    });

    test("a drained gate takes no new clients and keeps those that it has", async () => {
      const { client, server } = await talk();
      listener.drain();
      await connect(listener.endpoint).then(
        (late) => record(late).ended,
        () => {},
      );
      expect(host.connections.items).toHaveLength(1);
      server.connection.send(bytes(5));
      expect((await client.messages.first(1)).map((message) => [...message])).toEqual([[5]]);
    });

    test("disposed, it closes all connections", async () => {
      const port = await findFreePort();
      listener = await listen(port);
      const { client, server } = await talk();
      await listener[Symbol.asyncDispose]();
      await client.ended;
      await server.closed.promise;
      const again = await listen(port);
      expect(again.endpoint).toBe(listener.endpoint);
    });

    test("a port in use is PORT_IN_USE", async () => {
      await expect(listen(portOf(listener.endpoint))).rejects.toMatchObject({ reason: "PORT_IN_USE" });
    });
  });
}

function portOf(endpoint: string): number {
  return Number(endpoint.slice(endpoint.lastIndexOf(":") + 1));
}
