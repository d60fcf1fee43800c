import { dbMongo } from "@m3game/db-mongo";
import { createPluginContext, describeWithService, runDbServerFaults } from "@m3game/testing";
import type { PluginContext } from "m3game";
import { expect, test } from "vitest";

function open(URI: string, context: PluginContext = createPluginContext("test.world1.club.1")) {
  return dbMongo.create(dbMongo.config.parse({ URI }), context);
}

describeWithService("mongo", "db_mongo and its server", (address) => {
  runDbServerFaults({
    name: "db_mongo",
    service: "mongo",
    create: (server, context) => open(`mongodb://${server}`, context),
  });

  test("wrong credentials are named as the cause, and not shown", async () => {
    const failure = await Promise.resolve(open(`mongodb://june:wrong-pw@${address}`)).catch((error) => error);
    expect(failure).toMatchObject({ reason: "PLUGIN_FAILED" });
    expect(failure.message).toContain(`${address} refuses the credentials: correct URI in [[Plugin.DB.db_mongo]]`);
    expect(`${failure.message} ${failure.stack} ${failure.cause}`).not.toContain("wrong-pw");
  });
});
