import { createPluginContext, describeWithService, echo, launchService } from "@m3game/testing";
import { transNats } from "@m3game/trans-nats";
import { Code } from "m3game";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { NatsFixture, serverApp } from "./support/nats-fixture.ts";
import { PeerProcess } from "./support/peer-process.ts";

const start = (section: object) => {
  const config = transNats.config.parse(section);
  return Promise.resolve(transNats.create(config, createPluginContext(serverApp)));
};

describeWithService("nats", "trans_nats at its start", () => {
  test("without a server it fails with one line that names address and key", async () => {
    const server = await launchService("nats");
    await server[Symbol.asyncDispose]();
    const failure = await start({ URL: `nats://${server.address}` }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ reason: "PLUGIN_FAILED", code: Code.UNAVAILABLE });
    const { message } = failure as Error;
    for (const part of [server.address, "URL", "[[Plugin.Trans.trans_nats]]"]) expect(message).toContain(part);
    expect(message).not.toContain("\n");
  });

  test("wrong credentials are named as the cause, and not shown", async () => {
    await using server = await launchService("nats", { args: ["--user", "june", "--pass", "right-pw"] });
    const right = await start({ URL: server.address, User: "june", Password: "right-pw" });
    await right[Symbol.asyncDispose]();
    const failure = await start({ URL: server.address, User: "june", Password: "wrong-pw" }).catch((error) => error);
    expect(failure).toMatchObject({ reason: "PLUGIN_FAILED" });
    expect(failure.message).toContain("refuses the credentials");
    expect(`${failure.message} ${failure.stack} ${failure.cause}`).not.toContain("wrong-pw");
  });
});

describeWithService("nats", "trans_nats and its server", () => {
  let nats: NatsFixture;

  beforeEach(async () => {
    nats = await NatsFixture.start();
  });

  afterEach(() => nats[Symbol.asyncDispose]());

  test("a lost server: calls in flight have an unknown outcome, new ones fail at once, all works again after it", async () => {
    const { host, context } = await nats.listen();
    const link = await nats.link();
    const open = link.send();
    const [inbound] = await host.calls.first(1);
    const cancelled = Promise.withResolvers<void>();
    if (inbound !== undefined) inbound.onCancel = cancelled.resolve;

    await nats.server.stop("SIGKILL");
    expect(await open.error()).toMatchObject({ reason: "UNKNOWN_OUTCOME", notExecuted: false });
    await cancelled.promise;
    expect(link.link.state).toBe("down");
    expect(await link.send().error()).toMatchObject({ reason: "NO_CONNECTION", notExecuted: true });

    await nats.server.start();
    await link.until("up");
    host.answer = echo;
    await link.send().answer();
    const messages = context.lines.map(({ level, message }) => `${level}: ${message}`);
    expect(messages.filter((line) => line.startsWith("warn: lost the NATS server"))).toHaveLength(1);
    expect(messages.filter((line) => line.startsWith("info: the NATS server is back"))).toHaveLength(1);
  });

  test("links, listeners and the transport can be disposed while the server is away", async () => {
    const { host, trans, listener } = await nats.listen();
    const link = await nats.link();
    const open = link.send();
    await host.calls.first(1);
    await nats.server.stop("SIGKILL");
    await open.error();
    await link.link[Symbol.asyncDispose]();
    await listener[Symbol.asyncDispose]();
    await trans[Symbol.asyncDispose]();
    expect(await link.send().error()).toMatchObject({ reason: "NO_CONNECTION" });
  });

  describe("and other processes", () => {
    test("one that is killed: its calls end, new ones fail at once, a successor is found", async () => {
      await using peer = await PeerProcess.start(nats.url, serverApp);
      const link = await nats.link({ KeepAliveMs: 1000 });
      const open = link.send();
      await peer.says("call");
      peer.signal("SIGKILL");
      expect(await open.error()).toMatchObject({ reason: "UNKNOWN_OUTCOME", notExecuted: false });
      expect(await link.send().error()).toMatchObject({ reason: "NO_CONNECTION", notExecuted: true });
      const { host } = await nats.listen();
      host.answer = echo;
      await link.until("up");
      await link.send().answer();
    });

    test("a call to one that is gone finds out by itself, without waiting", async () => {
      await using peer = await PeerProcess.start(nats.url, serverApp);
      // It is asked only after an hour.
      const link = await nats.link({ KeepAliveMs: 3_600_000 });
      const open = link.send();
      await peer.says("call");
      await peer[Symbol.asyncDispose]();
      const late = await link.send().error();
      expect(late).toMatchObject({ reason: "NO_CONNECTION", notExecuted: true });
      expect(await open.error()).toMatchObject({ reason: "UNKNOWN_OUTCOME" });
    });

    test("one that is stopped is given up", async () => {
      await using peer = await PeerProcess.start(nats.url, serverApp);
      const link = await nats.link({ KeepAliveMs: 1000 });
      const open = link.send();
      await peer.says("call");
      peer.signal("SIGSTOP");
      expect(await open.error()).toMatchObject({ reason: "UNKNOWN_OUTCOME", notExecuted: false });
      expect(link.link.state).toBe("down");
      peer.signal("SIGCONT");
      await link.until("up");
      link.send();
      await peer.says("call", 2);
    });

    test("two with one app id: the second does not start while the first one answers", async () => {
      await using peer = await PeerProcess.start(nats.url, serverApp);
      const failure = await nats.listen().catch((error: unknown) => error);
      expect(failure).toMatchObject({ reason: "PORT_IN_USE" });
      expect((failure as Error).message).toContain(serverApp);
      const link = await nats.link();
      link.send();
      await peer.says("call");
    });

    test("two with one app id: the second replaces a first one that does not answer, for good", async () => {
      await using peer = await PeerProcess.start(nats.url, serverApp);
      peer.signal("SIGSTOP");
      const { host, context } = await nats.listen();
      await context.waitForLine("another process listens as this app but does not answer: it is taken for dead");
      const link = await nats.link();
      host.answer = echo;
      await link.send().answer();
      peer.signal("SIGCONT");
      await peer.says("replaced");
      await link.send().answer();
      expect(host.calls.items).toHaveLength(2);
      // What it got while it was stopped came after the news of its successor.
      expect(peer.count("call")).toBe(0);
    });
  });
});
