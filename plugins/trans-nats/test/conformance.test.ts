import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeWithService, type LaunchedService, launchService, runTransConformance } from "@m3game/testing";
import { transNats } from "@m3game/trans-nats";
import { afterAll, beforeAll } from "vitest";

describeWithService("nats", "trans_nats", () => {
  let server: LaunchedService;
  let folder: string;

  // Of its own: subjects are the app ids, which other tests use too; and one that takes large messages.
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "m3game-nats-"));
    const file = join(folder, "nats.conf");
    await writeFile(file, "max_payload: 8388608\n");
    server = await launchService("nats", { args: ["--config", file] });
  });

  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  runTransConformance({
    name: "trans_nats",
    create: (context, { maxMessageBytes }) =>
      transNats.create(transNats.config.parse({ URL: server.address, MaxMessageBytes: maxMessageBytes }), context),
  });
});
