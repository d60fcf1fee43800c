import { randomUUID } from "node:crypto";
import { dbMongo } from "@m3game/db-mongo";
import { describeWithService, runDbConformance } from "@m3game/testing";

describeWithService("mongo", "db_mongo", (address) => {
  const config = dbMongo.config.parse({ URI: `mongodb://${address}`, DataBase: `test-${randomUUID()}` });
  runDbConformance({
    name: "db_mongo",
    create: (context) => dbMongo.create(config, context),
    supports: { readMany: true },
    generatedRuns: 40,
  });
});
