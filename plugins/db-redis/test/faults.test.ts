import { randomUUID } from "node:crypto";
import { dbRedis } from "@m3game/db-redis";
import {
  createPluginContext,
  describeWithService,
  launchService,
  runDbServerFaults,
  type TestPluginContext,
} from "@m3game/testing";
import { Code, type PluginContext } from "m3game";
import { expect, test } from "vitest";

type Input = Parameters<typeof dbRedis.config.parse>[0];

function open(address: string, more: object = {}, context: PluginContext = newContext()) {
  const { hostname: Host, port } = new URL(`tcp://${address}`);
  const input: Input = { Host, Port: Number(port), ...more };
  return dbRedis.create(dbRedis.config.parse(input), context);
}

const newContext = (): TestPluginContext => createPluginContext("test.world1.club.1");

describeWithService("redis", "db_redis and its server", (address) => {
  runDbServerFaults({
    name: "db_redis",
    service: "redis",
    launch: { args: ["--appendonly", "yes", "--appendfsync", "always"] },
    create: (server, context) => open(server, {}, context),
  });

  test("right credentials are taken; wrong ones are named as the cause, and not shown", async () => {
    await using server = await launchService("redis", { args: ["--requirepass", "right-pw"] });
    await (await open(server.address, { Auth: "right-pw" }))[Symbol.asyncDispose]();
    const failure = await Promise.resolve(open(server.address, { Auth: "wrong-pw" })).catch((error) => error);
    expect(failure).toMatchObject({ reason: "PLUGIN_FAILED" });
    expect(failure.message).toContain("refuses the credentials: set User and Auth in [[Plugin.DB.db_redis]]");
    expect(`${failure.message} ${failure.stack} ${failure.cause}`).not.toContain("wrong-pw");
    await expect(open(server.address)).rejects.toThrow("refuses the credentials");
  });

  test("a server with another history than before is named in the log", async () => {
    await using server = await launchService("redis");
    const context = newContext();
    await using db = await open(server.address, {}, context);
    await db.raiseFence({ claim: "role/1", fence: { epoch: 1n, counter: 2n } });
    await server.stop("SIGKILL");
    await server.start();
    const { fields } = await context.waitForLine(
      "the Redis server has another history than before: it was restarted, or a replica took over",
    );
    expect(fields).toMatchObject({ consequence: expect.stringContaining("versions refuse") });
  });

  test("a store that is full says so, and takes nothing", async () => {
    await using server = await launchService("redis", {
      args: ["--maxmemory", "1", "--maxmemory-policy", "noeviction"],
    });
    await expect(open(server.address)).rejects.toMatchObject({ code: Code.RESOURCE_EXHAUSTED });
  });

  test("another number of partitions than the store has stops the start", async () => {
    const Prefix = `test-${randomUUID()}`;
    await (await open(address, { Prefix, Partitions: 2 }))[Symbol.asyncDispose]();
    await expect(open(address, { Prefix })).rejects.toMatchObject({
      code: Code.FAILED_PRECONDITION,
      message: expect.stringContaining("has 2 partitions, not 1"),
    });
  });

  test("keys of the original's pool are accepted with one warning", async () => {
    const context = newContext();
    await using _db = await open(address, { Prefix: `test-${randomUUID()}`, MaxIdle: 10, MaxActive: 100 }, context);
    expect(context.lines.filter(({ level }) => level === "warn")).toHaveLength(1);
  });
});
