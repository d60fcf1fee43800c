import { RecordingMetrics } from "@m3game/testing";
import { expect, test } from "vitest";
import { ActorWorld, Player, playerApp } from "../../test/support/actor-world.ts";
import { backApp, startTestCluster } from "../../test/support/cluster.ts";
import { PlayerSer } from "../../test/support/player-services.ts";
import { BackSer } from "../../test/support/services.ts";

const greetings = { name: "greetings_total", help: "Greetings said" };

test.each([true, false])("a game's own counter, in a handler and beside, with a metric plugin: %s", async (has) => {
  const metrics = new RecordingMetrics();
  const app = backApp({
    say: (req, ctx) => {
      ctx.metrics.counter(greetings).add();
      return req;
    },
  });
  const cluster = await startTestCluster([
    { app, id: "test.w1.back.1", plugins: [metrics.plugin], config: has ? metrics.config : "" },
  ]);
  const running = cluster.app("test.w1.back.1");
  await running.client(BackSer).say({});
  running.metrics.counter(greetings).add(2);
  expect(metrics.value("greetings_total")).toBe(has ? 3 : undefined);
});

test("an actor's", async () => {
  const world = await ActorWorld.create();
  const metrics = new RecordingMetrics();
  world.more.push(metrics);
  class Greeter extends Player {
    override onTick(): void {
      this.metrics.counter(greetings).add();
    }
  }
  const app = await world.start("1", playerApp(Greeter), { TickTimeInter: 100 });
  await world.until(app.client(PlayerSer).do({ id: "7" }));
  await world.untilTrue(() => (metrics.value("greetings_total") ?? 0) > 0);
});
