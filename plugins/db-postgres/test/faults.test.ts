import { randomUUID } from "node:crypto";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dbPostgres } from "@m3game/db-postgres";
import { createPluginContext, describeWithService, launchService, runDbServerFaults } from "@m3game/testing";
import type { PluginContext } from "m3game";
import { Client } from "pg";
import { expect, test } from "vitest";

function open(address: string, more: object = {}, context: PluginContext = createPluginContext("test.world1.club.1")) {
  const { hostname: Host, port } = new URL(`tcp://${address}`);
  return dbPostgres.create(dbPostgres.config.parse({ Host, Port: Number(port), ...more }), context);
}

describeWithService("postgres", "db_postgres and its server", (address) => {
  runDbServerFaults({
    name: "db_postgres",
    service: "postgres",
    create: (server, context) => open(server, {}, context),
  });

  test("right credentials are taken; wrong ones are named as the cause, and not shown", async () => {
    const folder = await mkdtemp(join(tmpdir(), "m3game-postgres-rules-"));
    const rules = join(folder, "pg_hba.conf");
    await chmod(folder, 0o755);
    await writeFile(rules, "host all postgres 127.0.0.1/32 trust\nhost all june 127.0.0.1/32 scram-sha-256\n");
    await using server = await launchService("postgres", { args: ["-c", `hba_file=${rules}`] });
    const { hostname: host, port } = new URL(`tcp://${server.address}`);
    const admin = new Client({ host, port: Number(port), user: "postgres", database: "postgres" });
    await admin.connect();
    await admin.query("CREATE ROLE june LOGIN PASSWORD 'right-pw'; GRANT CREATE ON DATABASE postgres TO june");
    await admin.end();
    await (await open(server.address, { User: "june", Password: "right-pw" }))[Symbol.asyncDispose]();
    const failure = await Promise.resolve(open(server.address, { User: "june", Password: "wrong-pw" })).catch(
      (error) => error,
    );
    expect(failure).toMatchObject({ reason: "PLUGIN_FAILED" });
    expect(failure.message).toContain(
      "refuses the credentials of june: set User and Password in [[Plugin.DB.db_postgres]]",
    );
    expect(`${failure.message} ${failure.stack} ${failure.cause}`).not.toContain("wrong-pw");
    await expect(open(server.address, { User: "june" })).rejects.toThrow("refuses the credentials");
    await rm(folder, { recursive: true });
  });

  test("a database that is not there stops the start, and is named", async () => {
    await expect(open(address, { Database: "none" })).rejects.toThrow(
      /database "none" does not exist; see Database in/,
    );
  });

  test("an app needs no more than one connection, however much it asks for at once", async () => {
    const Schema = `test_${randomUUID().replaceAll("-", "")}`;
    await using db = await open(address, { Schema, MaxConnections: 1 });
    const scopes = Array.from({ length: 20 }, (_, index) => ({
      claim: `role/${index}`,
      fence: { epoch: 1n, counter: 1n },
    }));
    await Promise.all([...scopes.map((scope) => db.raiseFence(scope)), db.prepare([]), db.prepare([])]);
    expect(await db.enterEpoch("a")).toBe(1n);
  });
});
