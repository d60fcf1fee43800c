import { once } from "node:events";
import { createServer } from "node:http";
import { metricProm } from "@m3game/metric-prom";
import { createPluginContext, sampleValue } from "@m3game/testing";
import { findFreePort } from "@m3game/testing/services";
import { defineApp, definePlugin, startApp } from "m3game";
import { expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { readDiscovery } from "./support/documents.ts";
import { endpointOf, readSamples, startMetrics } from "./support/start-metrics.ts";

test("/metrics is Prometheus's text, each sample with its app", async () => {
  const { metrics, url } = await startMetrics();
  metrics.counter({ name: "matches_total", help: "Matches begun" }).add(3);
  const answer = await fetch(`${url}/metrics`);
  expect(answer.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  expect(await answer.text()).toBe(
    "# HELP matches_total Matches begun\n# TYPE matches_total counter\n" +
      'matches_total{app="test.world1.club.1"} 3\n',
  );
});

test("an app shows what it does", async () => {
  const context = createPluginContext("test.world1.club.1");
  const log = definePlugin({
    kind: "log",
    name: "log_test",
    config: z.object({}),
    create: () => ({ logger: context.log, level: "info", [Symbol.asyncDispose]: async () => {} }),
  });
  const app = await startApp(defineApp({ func: "club", servers: [] }), {
    id: "test.world1.club.1",
    plugins: [metricProm, log],
    config: "[[Plugin.Metric.metric_prom]]\n[[Plugin.Log.log_test]]\n",
  });
  onTestFinished(() => app.stop());
  app.metrics.counter({ name: "matches_total", help: "Matches begun", labels: ["map"] }).add(2, { map: "north" });
  const samples = await readSamples(endpointOf(context));
  expect(sampleValue(samples, "matches_total", { map: "north", app: "test.world1.club.1" })).toBe(2);
  expect(sampleValue(samples, "m3_rpc_in_flight", { side: "server" })).toBe(0);
  expect(sampleValue(samples, "m3_process_memory_bytes", { area: "resident" })).toBeGreaterThan(0);
});

test("/sd is a document for Prometheus's HTTP service discovery, by the name that it was reached by", async () => {
  const { url } = await startMetrics({ Host: "0.0.0.0" });
  const { port } = new URL(url);
  const answer = await fetch(`http://localhost:${port}/sd`);
  expect(answer.headers.get("content-type")).toBe("application/json");
  expect(await answer.json()).toEqual([
    {
      targets: [`localhost:${port}`],
      labels: { __meta_m3_app: "test.world1.club.1", env: "test", world: "world1", func: "club" },
    },
  ]);
});

test("/live answers", async () => {
  const { url } = await startMetrics();
  expect(await (await fetch(`${url}/live`)).text()).toBe("alive\n");
});

test("AdvertiseHost is the name in it", async () => {
  const { url } = await startMetrics({ Host: "0.0.0.0", AdvertiseHost: "10.0.0.7" });
  const [entry] = await readDiscovery(url.replace("0.0.0.0", "127.0.0.1"));
  expect(entry?.targets).toEqual([`10.0.0.7:${new URL(url).port}`]);
});

test("other paths and methods are refused", async () => {
  const { url } = await startMetrics();
  expect((await fetch(`${url}/`)).status).toBe(404);
  expect((await fetch(`${url}/toString`)).status).toBe(404);
  expect((await fetch(`${url}/metrics`, { method: "POST" })).status).toBe(405);
  expect((await fetch(`${url}/metrics?name[]=a`, { method: "HEAD" })).status).toBe(200);
});

test("a port in use: one clear line with the keys to change", async () => {
  const server = createServer().listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await once(server, "listening");
  const address = server.address();
  const Port = typeof address === "object" ? address?.port : 0;
  const config = metricProm.config.parse({ Port });
  await expect(async () => metricProm.create(config, createPluginContext("a.b.c.d"))).rejects.toMatchObject({
    reason: "PORT_IN_USE",
    message: expect.stringMatching(
      /^127\.0\.0\.1:\d+ is in use: .* Host and Port in \[\[Plugin.Metric.metric_prom\]\]/,
    ),
  });
});

test("an address that is not this machine's fails the start", async () => {
  const config = metricProm.config.parse({ Host: "192.0.2.1" });
  await expect(async () => metricProm.create(config, createPluginContext("a.b.c.d"))).rejects.toMatchObject({
    reason: "PLUGIN_FAILED",
    message: expect.stringContaining("can't serve metrics at 192.0.2.1:0"),
  });
});

test("the port is free again after the disposal", async () => {
  const Port = await findFreePort();
  const { metrics } = await startMetrics({ Port });
  await metrics[Symbol.asyncDispose]();
  const again = await startMetrics({ Port });
  again.metrics.gauge({ name: "rooms", help: "Rooms" }).set(1);
  expect(sampleValue(await readSamples(again.url), "rooms")).toBe(1);
});
