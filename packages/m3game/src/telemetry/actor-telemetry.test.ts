import { RecordingMetrics, RecordingTracer } from "@m3game/testing";
import { expect, test } from "vitest";
import { ActorWorld, levelUp, Player, playerApp } from "../../test/support/actor-world.ts";
import { failure } from "../../test/support/cluster.ts";
import { PlayerSer } from "../../test/support/player-services.ts";

async function watchedWorld() {
  const world = await ActorWorld.create();
  const metrics = new RecordingMetrics();
  const tracer = new RecordingTracer();
  world.more.push(metrics, tracer);
  return { world, metrics, tracer };
}

test("actors in memory, calls that wait and how long, and the time a claim lasts", async () => {
  const { world, metrics, tracer } = await watchedWorld();
  const entered = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const app = await world.start(
    "1",
    playerApp(Player, {
      do: async (_self, request) => {
        if (request.number > 0) return request;
        entered.resolve();
        await opened.promise;
        return request;
      },
    }),
  );
  const kind = "player/Player";
  const client = app.client(PlayerSer);
  const first = client.do({ id: "7" });
  await world.until(entered.promise);
  const others = [1, 2].map((number) => client.do({ id: "7", number }));
  await world.pass(100);
  expect(metrics.value("m3_actor_mailbox_calls", { kind })).toBe(2);
  expect(metrics.value("m3_actors", { kind })).toBe(1);
  expect(metrics.value("m3_lease_remaining_seconds")).toBeGreaterThan(0);
  opened.resolve();
  await world.until(Promise.all([first, ...others]));
  expect(metrics.value("m3_actor_mailbox_calls", { kind })).toBe(0);
  // The first waited until the actor was there.
  expect(metrics.value("m3_actor_mailbox_wait_seconds_count", { kind })).toBe(3);
  expect(metrics.value("m3_actor_mailbox_wait_seconds_sum", { kind })).toBeGreaterThan(0.19);
  const waits = tracer.named("m3.mailbox");
  const served = tracer.named("m3test.PlayerSer/Do").filter((span) => span.kind === "server");
  expect(waits.map(({ parent }) => parent)).toEqual(served.map(({ context }) => context));
  expect(waits.every(({ isEnded }) => isEnded)).toBe(true);
});

test("a call that is dropped while it waits waits no more", async () => {
  const { world, metrics } = await watchedWorld();
  const entered = Promise.withResolvers<void>();
  const opened = Promise.withResolvers<void>();
  const app = await world.start(
    "1",
    playerApp(Player, {
      do: async (_self, request) => {
        entered.resolve();
        await opened.promise;
        return request;
      },
    }),
    { MaxReqWaitTime: 1 },
  );
  const client = app.client(PlayerSer);
  const first = client.do({ id: "7" }, { timeoutMs: 60_000 });
  await world.until(entered.promise);
  const late = client.do({ id: "7" }, { timeoutMs: 3000 });
  await world.until(failure(late));
  // Its last attempt waits on as long as it may.
  await world.pass(1500);
  expect(metrics.value("m3_actor_mailbox_calls")).toBe(0);
  opened.resolve();
  await world.until(first);
  expect(metrics.value("m3_actor_mailbox_wait_seconds_count")).toBeGreaterThanOrEqual(2);
});

test("saves: a span in the call that waits for one or of their own, how long they take, and what is not saved yet", async () => {
  const { world, metrics, tracer } = await watchedWorld();
  const app = await world.start(
    "1",
    playerApp(Player, {
      ...levelUp,
      again: async (self) => {
        self.hero.data.level += 1;
        await self.hero.save();
        return {};
      },
      any: (self) => {
        self.hero.data.level += 1;
        return {};
      },
    }),
  );
  const client = app.client(PlayerSer);
  await world.until(client.do({ id: "7" }));
  await world.until(client.again({ id: "7" }));
  const before = tracer.named("m3.save").length;
  await world.until(client.do({ id: "7" }));
  await world.pass(6000);
  expect(metrics.value("m3_save_backlog_entities")).toBe(0);
  const background = tracer.named("m3.save").slice(before);
  expect(background).toMatchObject([{ kind: "client", attributes: { "m3.entities": 1 }, isEnded: true }]);
  expect(background[0]?.parent).toBeUndefined();
  expect(metrics.value("m3_save_entities_total", { result: "written" })).toBe(tracer.named("m3.save").length);
  expect(metrics.value("m3_save_duration_seconds_count")).toBe(tracer.named("m3.save").length);
});

test("a save within a traced call belongs to its trace", async () => {
  const { world, tracer } = await watchedWorld();
  const app = await world.start(
    "1",
    playerApp(Player, {
      do: async (self) => {
        self.hero.data.level += 1;
        await self.hero.save();
        return {};
      },
    }),
  );
  await world.until(app.client(PlayerSer).do({ id: "7" }));
  const [served] = tracer.named("m3test.PlayerSer/Do").filter((span) => span.kind === "server");
  expect(tracer.named("m3.save").filter(({ parent }) => parent === served?.context)).toHaveLength(1);
});
