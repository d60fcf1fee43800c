import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { playerApp } from "../../../test/support/actor-world.ts";
import { startTestCluster } from "../../../test/support/cluster.ts";
import { PlayerSer } from "../../../test/support/player-services.ts";
import { jsonResource } from "../../resource/json-resource.ts";
import { defineResource } from "../../resource/resource.ts";
import { Actor } from "./actor.ts";

const word = defineResource({ name: "word", file: "word.json", parse: jsonResource(z.string()) });

test("an actor reads resources in every turn, each turn of one set, and in none outside", async () => {
  const folder = await mkdtemp(join(tmpdir(), "m3game-actor-resources-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const write = (text: string) => writeFile(join(folder, "word.json"), JSON.stringify(text));
  await write("old");
  const config = `[[Options.Resource]]\nCfgPath = '${folder}'\n`;
  const ticked = Promise.withResolvers<string>();
  const entered = Promise.withResolvers<Reading>();
  const reloaded = Promise.withResolvers<void>();
  class Reading extends Actor {
    first = "";
    override async onInit() {
      this.first = this.resource(word);
      this.after(0, async () => {
        const before = this.resource(word);
        entered.resolve(this);
        await reloaded.promise;
        ticked.resolve(`${before} ${this.resource(word)}`);
      });
    }
  }
  const app = playerApp(
    Reading,
    { do: (self) => ({ text: `${self.first} ${self.resource(word)}` }) },
    { resources: [word] },
  );
  const cluster = await startTestCluster([{ app, id: "test.w1.player.1", config }]);
  const started = cluster.app("test.w1.player.1");
  const client = started.client(PlayerSer);
  expect((await client.do({ id: "7" })).text).toBe("old old");
  const self = await entered.promise;
  await write("new");
  await started.reload(config + cluster.log.config);
  reloaded.resolve();
  expect(await ticked.promise).toBe("old old");
  expect((await client.do({ id: "7" })).text).toBe("old new");
  expect(() => self.resource(word)).toThrow(expect.objectContaining({ reason: "CONTEXT_ENDED" }));
});
