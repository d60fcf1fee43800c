import { brokerMemory, createMemoryHub, type MemoryHub, routerMemory } from "m3game";
import { expect, test } from "vitest";
import { createPluginContext, Received } from "../src/index.ts";

const context = createPluginContext("test.world1.club.1");
const instance = { app: context.app.app, service: context.app.service, host: "127.0.0.1", port: 1, meta: {} };

test("apps of two hubs never see each other", async () => {
  const start = async (hub: MemoryHub) => ({
    router: await routerMemory(hub).create({}, context),
    broker: await brokerMemory(hub).create({}, context),
  });
  const [one, two] = [await start(createMemoryHub()), await start(createMemoryHub())];
  const tables = new Received<readonly unknown[]>();
  const messages = new Received<Uint8Array>();
  await two.router.watch(context.app.service, tables.listener);
  await two.broker.subscribe("subject", messages.listener);

  await one.router.register(instance);
  await one.broker.publish("subject", Uint8Array.of(1));
  await two.router.register({ ...instance, port: 2 });
  await two.broker.publish("subject", Uint8Array.of(2));

  await tables.until((table) => table.length === 1);
  expect(await messages.first(1)).toEqual([Uint8Array.of(2)]);
  expect(tables.items).toEqual([[], [{ ...instance, port: 2 }]]);
});

test("a watcher that throws is logged and harms no other", async () => {
  const hub = createMemoryHub();
  const router = await routerMemory(hub).create({}, context);
  const tables = new Received<readonly unknown[]>();
  await router.watch(context.app.service, () => {
    throw new Error("watcher is broken");
  });
  await router.watch(context.app.service, tables.listener);
  await router.register(instance);
  await tables.until((table) => table.length === 1);
  const errors = context.lines.filter(({ level }) => level === "error");
  expect(errors).toHaveLength(2);
  expect(errors[0]?.fields).toMatchObject({ error: new Error("watcher is broken") });
});
