import { expect, test } from "vitest";
import { failure, startTestCluster } from "../../test/support/cluster.ts";
import { BackSer } from "../../test/support/services.ts";
import type { App } from "../app/app.ts";
import { defineApp } from "../app/define-app.ts";
import { createMemoryHub } from "../plugin/memory/memory-hub.ts";
import { routerMemory } from "../plugin/memory/router-memory.ts";
import { definePlugin } from "../plugin/plugin.ts";
import { random, single } from "../rpc/route.ts";
import { ledBy } from "./led-by.ts";
import { multi } from "./multi.ts";

const ids = ["test.w1.back.1", "test.w1.back.2"];

/** Apps of a service that only the leader of `uid` runs; each answer says who that was. */
async function startBacks() {
  const told: string[] = [];
  const app = defineApp({
    func: "back",
    servers: [
      ledBy(
        "uid",
        multi(BackSer, {
          say: async (_request, ctx) => ({ text: ctx.app.app }),
          repeat: (request) => request,
          tell: (_request, ctx) => {
            told.push(ctx.app.app);
            return {};
          },
          keyed: (request) => request,
        }),
      ),
    ],
  });
  const cluster = await startTestCluster(ids.map((id) => ({ app, id })));
  return { told, apps: ids.map((id) => cluster.app(id)) };
}

/** Resolves when the app leads. */
async function elect(app: App | undefined): Promise<AsyncDisposable> {
  if (app === undefined) throw new RangeError("no such app");
  const elected = Promise.withResolvers<void>();
  const candidate = app.leader("uid", { onElected: () => elected.resolve() });
  await elected.promise;
  return candidate;
}

test("calls run on the leader, whatever instance they reach", async () => {
  const { told, apps } = await startBacks();
  const [first, second] = apps;
  await elect(second);
  for (const route of [single(), random(), single(), random()]) {
    expect(await first?.client(BackSer).to(route).say({})).toMatchObject({ text: ids[1] });
  }
  await first?.client(BackSer).to(single()).tell({});
  await expect.poll(() => told).toEqual([ids[1]]);
});

test("while nobody leads callers wait within their deadline, then they are told", async () => {
  const { apps } = await startBacks();
  const [first, second] = apps;
  const error = await failure(first?.client(BackSer).say({}, { timeoutMs: 50 }) ?? Promise.resolve());
  expect(error).toMatchObject({ reason: "NOT_LEADER", retryAfterMs: expect.any(Number) });
  const waiting = first?.client(BackSer).say({}, { timeoutMs: 10_000 });
  await elect(second);
  expect(await waiting).toMatchObject({ text: ids[1] });
});

test("the next leader takes over when one resigns", async () => {
  const { apps } = await startBacks();
  const [first, second] = apps;
  const leading = await elect(first);
  expect(await second?.client(BackSer).say({})).toMatchObject({ text: ids[0] });
  await leading[Symbol.asyncDispose]();
  await elect(second);
  const answer = await first?.client(BackSer).to(single()).say({}, { timeoutMs: 10_000 });
  expect(answer).toMatchObject({ text: ids[1] });
});

test("an app without a lease plugin does not start with such a service", async () => {
  const handlers = { say: () => ({}), repeat: () => ({}), tell: () => ({}), keyed: () => ({}) };
  const app = defineApp({ func: "back", servers: [ledBy("uid", multi(BackSer, handlers))] });
  // With the embedded registry there is an embedded lease plugin too.
  const router = definePlugin({ ...routerMemory(createMemoryHub()), name: "router_far" });
  const member = { app, id: "test.w1.back.1", plugins: [router], config: "[[Plugin.Router.router_far]]\n" };
  expect(await failure(startTestCluster([member]))).toMatchObject({ reason: "PLUGIN_MISSING" });
});
