import { randomUUID } from "node:crypto";
import { dbPostgres } from "@m3game/db-postgres";
import { describeWithService, runDbConformance } from "@m3game/testing";

describeWithService("postgres", "db_postgres", (address) => {
  const { hostname: Host, port } = new URL(`tcp://${address}`);
  const Schema = `test_${randomUUID().replaceAll("-", "")}`;
  const config = dbPostgres.config.parse({ Host, Port: Number(port), Schema, MaxConnections: 4 });
  runDbConformance({
    name: "db_postgres",
    create: (context) => dbPostgres.create(config, context),
    supports: { readMany: true },
  });
});
