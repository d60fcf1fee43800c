import { brokerRedis } from "@m3game/broker-redis";
import { createPluginContext, describeWithService, launchService, Received } from "@m3game/testing";
import { type Broker, Code } from "m3game";
import { expect, test } from "vitest";

const bytes = (text: string) => new TextEncoder().encode(text);

async function start(address: string, credentials: { readonly Auth?: string } = {}) {
  const { hostname: Host, port } = new URL(`tcp://${address}`);
  const context = createPluginContext("test.world1.club.1");
  const config = brokerRedis.config.parse({ Host, Port: Number(port), ...credentials });
  return { context, broker: await brokerRedis.create(config, context) };
}

/** Publishes until the broker takes it: the moment at which the server is back is not the test's to choose. */
async function publishWhenConnected(broker: Broker, subject: string, payload: Uint8Array) {
  for (;;) {
    try {
      return await broker.publish(subject, payload);
    } catch (error) {
      expect(error).toMatchObject({ reason: "PLUGIN_FAILED", code: Code.UNAVAILABLE });
      await new Promise(setImmediate);
    }
  }
}

describeWithService("redis", "broker_redis and its server", () => {
  test("without a server it fails with one line that names address and keys", async () => {
    const server = await launchService("redis");
    await server[Symbol.asyncDispose]();
    const failure = await start(server.address).catch((error: unknown) => error);
    expect(failure).toMatchObject({ reason: "PLUGIN_FAILED", code: Code.UNAVAILABLE });
    const { message } = failure as Error;
    expect(message).toContain(server.address);
    expect(message).toContain("Host and Port in [[Plugin.Broker.broker_redis]]");
    expect(message).not.toContain("\n");
  });

  test("right credentials are taken; wrong ones are named as the cause, and not shown", async () => {
    await using server = await launchService("redis", { args: ["--requirepass", "right-pw"] });
    const { broker } = await start(server.address, { Auth: "right-pw" });
    await broker[Symbol.asyncDispose]();
    const failure = await start(server.address, { Auth: "wrong-pw" }).catch((error) => error);
    expect(failure).toMatchObject({ reason: "PLUGIN_FAILED" });
    expect(failure.message).toContain("refuses the credentials");
    expect(`${failure.message} ${failure.stack} ${failure.cause}`).not.toContain("wrong-pw");
    await expect(start(server.address)).rejects.toThrow("refuses the credentials");
  });

  test("a lost server: publish fails at once, and all subscriptions are back with the server", async () => {
    await using server = await launchService("redis");
    const { broker, context } = await start(server.address);
    await using _broker = broker;
    const received = new Received<Uint8Array>();
    await broker.subscribe("one", received.listener);
    await broker.subscribe("two", received.listener);
    const ended = await broker.subscribe("one", () => expect.unreachable("was disposed while the server was away"));

    await server.stop("SIGKILL");
    const lost = new Received<unknown>();
    while (lost.items.length === 0) {
      await broker.publish("one", bytes("lost")).catch(lost.listener);
      await new Promise(setImmediate);
    }
    expect(lost.last).toMatchObject({ reason: "PLUGIN_FAILED", code: Code.UNAVAILABLE, retryable: true });
    await expect(broker.subscribe("three", () => {})).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });
    await ended[Symbol.asyncDispose]();

    await server.start();
    await context.waitForLine("the Redis server is back, subscriptions are restored");
    received.items.length = 0;
    await publishWhenConnected(broker, "one", bytes("1"));
    await broker.publish("two", bytes("2"));
    expect(await received.first(2)).toEqual([bytes("1"), bytes("2")]);
    const messages = context.lines.map(({ level, message }) => `${level}: ${message}`);
    expect(messages.filter((line) => line.startsWith("warn: lost the Redis server"))).toHaveLength(1);
  });

  test("it can be disposed while the server is away", async () => {
    await using server = await launchService("redis");
    const { broker } = await start(server.address);
    const subscription = await broker.subscribe("one", () => {});
    await server.stop("SIGKILL");
    await broker[Symbol.asyncDispose]();
    await subscription[Symbol.asyncDispose]();
    await expect(broker.publish("one", bytes("x"))).rejects.toMatchObject({ reason: "PLUGIN_FAILED" });
  });
});
