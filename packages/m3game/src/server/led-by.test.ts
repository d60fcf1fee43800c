import { expect, test, vi } from "vitest";
import { failure, startTestCluster } from "../../test/support/cluster.ts";
import { BackSer, HomelessSer, type Line } from "../../test/support/services.ts";
import { defineApp } from "../app/define-app.ts";
import { createMemoryHub } from "../plugin/memory/memory-hub.ts";
import { routerMemory } from "../plugin/memory/router-memory.ts";
import { definePlugin } from "../plugin/plugin.ts";
import { defineClient } from "../rpc/define-client.ts";
import { p2p, single } from "../rpc/route.ts";
import { ledBy } from "./led-by.ts";
import { multi } from "./multi.ts";

const ids = ["test.w1.back.1", "test.w1.back.2"];
const callerId = "test.w1.caller.1";
const long = { timeoutMs: 10_000 };
const echo = {
  say: (request: Line) => request,
  repeat: (request: Line) => request,
  tell: () => ({}),
  keyed: (request: Line) => request,
};

/** Apps of a service that only the leader of `uid` runs; each answer says who that is, and for the which time. */
async function startBacks(beforeElected: () => void | Promise<void> = () => {}) {
  const told: string[] = [];
  const ended: string[] = [];
  let elections = 0;
  const app = defineApp({
    func: "back",
    servers: [
      ledBy("uid", BackSer, async ({ signal }, { id }) => {
        await beforeElected();
        const text = `${++elections}: ${id.app}`;
        signal.addEventListener("abort", () => ended.push(text));
        return multi(BackSer, {
          say: () => ({ text }),
          repeat: (request) => request,
          tell: () => {
            told.push(text);
            return {};
          },
          keyed: (request) => request,
        });
      }),
    ],
  });
  const caller = { app: defineApp({ func: "caller", servers: [] }), id: callerId };
  const cluster = await startTestCluster([...ids.map((id) => ({ app, id })), caller]);
  const client = cluster.app(callerId).client(BackSer);
  return { cluster, client, told, ended };
}

test("calls run on the one leader, whatever instance they reach", async () => {
  const { client, told } = await startBacks();
  const { text } = await client.say({}, long);
  for (let call = 0; call < 10; call++) expect(await client.say({})).toMatchObject({ text });
  expect(await client.to(single()).say({})).toMatchObject({ text });
  await client.to(single()).tell({});
  await expect.poll(() => told).toEqual([text]);
});

test("the next leader begins anew as soon as one stops, and no call fails", async () => {
  const { cluster, client, ended } = await startBacks();
  const { text: first } = await client.say({}, long);
  const [leader = "", other = ""] = first.endsWith(ids[0] ?? "") ? ids : ids.toReversed();
  const stopped = cluster.app(leader).stop();
  expect(await client.say({}, long)).toMatchObject({ text: expect.stringMatching(`^(${first}|2: ${other})$`) });
  await stopped;
  expect(ended).toEqual([first]);
  expect(await client.say({}, long)).toMatchObject({ text: `2: ${other}` });
});

test("a leader that stops answers its calls as the leader, and another is elected although others of its calls go on", async () => {
  const opened = Promise.withResolvers<void>();
  let elections = 0;
  const app = defineApp({
    func: "back",
    servers: [
      ledBy("uid", BackSer, (_leadership, { id }) => {
        const text = `${++elections}: ${id.app}`;
        const repeat = async () => {
          await opened.promise;
          return { text };
        };
        return multi(BackSer, { ...echo, say: () => ({ text }), repeat });
      }),
      multi(HomelessSer, { ...echo, say: () => new Promise(() => {}) }),
    ],
  });
  const caller = { app: defineApp({ func: "caller", servers: [] }), id: callerId };
  const config = "[Options.Life]\nDrainTimeoutMs = 300000\n";
  const cluster = await startTestCluster([...ids.map((id) => ({ app, id, config })), caller]);
  const from = cluster.app(callerId);
  const client = from.client(BackSer);
  const { text: first } = await client.say({}, long);
  const [leader = "", other = ""] = first.endsWith(ids[0] ?? "") ? ids : ids.toReversed();
  const over = new AbortController();
  const others = from.client(defineClient(HomelessSer, { func: "back" })).to(p2p(leader));
  const endless = failure(others.say({}, { timeoutMs: 300_000, signal: over.signal }));
  const slow = client.to(p2p(leader)).repeat({}, long);
  await expect.poll(() => cluster.app(leader).inFlight).toBe(2);
  const drained = cluster.app(leader).drain();
  opened.resolve();
  expect(await slow).toMatchObject({ text: first });
  expect(await client.say({}, long)).toMatchObject({ text: `2: ${other}` });
  over.abort();
  await endless;
  await drained;
});

test("a leader that is not ready yet keeps callers waiting within their deadline, then they are told", async () => {
  const ready = Promise.withResolvers<void>();
  const { client } = await startBacks(() => ready.promise);
  const error = await failure(client.say({}, { timeoutMs: 400 }));
  expect(error).toMatchObject({ reason: "NOT_LEADER", retryAfterMs: expect.any(Number) });
  const waiting = client.say({}, long);
  ready.resolve();
  expect(await waiting).toMatchObject({ text: expect.stringContaining("1: ") });
});

test("a leader that can't begin gives it up, and it is tried again", async () => {
  const beforeElected = vi.fn().mockRejectedValueOnce(new Error("the store is away"));
  const { client } = await startBacks(beforeElected);
  expect(await client.say({}, long)).toMatchObject({ text: expect.stringContaining("1: ") });
  expect(beforeElected).toHaveBeenCalledTimes(2);
});

test("an app stands for a leader once", async () => {
  const { cluster } = await startBacks();
  const stand = () => cluster.app(ids[0] ?? "").leader("uid", { onElected() {} });
  expect(stand).toThrow("this app stands for leader of uid already");
  const other = cluster.app(ids[0] ?? "").leader("other", { onElected() {} });
  await other[Symbol.asyncDispose]();
  await using again = cluster.app(ids[0] ?? "").leader("other", { onElected() {} });
  await expect.poll(() => again.isLeader()).toBe(true);
});

test("an app without a lease plugin does not start with such a service", async () => {
  const app = defineApp({
    func: "back",
    servers: [ledBy("uid", BackSer, () => multi(BackSer, echo))],
  });
  // With the embedded registry there is an embedded lease plugin too.
  const router = definePlugin({ ...routerMemory(createMemoryHub()), name: "router_far" });
  const member = { app, id: "test.w1.back.1", plugins: [router], config: "[[Plugin.Router.router_far]]\n" };
  expect(await failure(startTestCluster([member]))).toMatchObject({ reason: "PLUGIN_MISSING" });
});
