import { randomUUID } from "node:crypto";
import { metricProm } from "@m3game/metric-prom";
import { createPluginContext, describeWithService } from "@m3game/testing";
import { findFreePort } from "@m3game/testing/services";
import { expect, test } from "vitest";
import { readDiscovery, readService } from "./support/documents.ts";
import { startMetrics } from "./support/start-metrics.ts";

const apps = ["test.world1.club.1", "test.world1.club.2"];

describeWithService("consul", "metric_prom in Consul", (address) => {
  test("the endpoint is registered until it is disposed, and /sd of each app lists all", async () => {
    const ConsulSvc = `metrics-${randomUUID()}`;
    const section = { ConsulHost: address, ConsulSvc, ConsulAppPrefix: "prom-" };
    const [one, two] = await Promise.all(apps.map((app) => startMetrics(section, app)));
    const found = (await readService(address, ConsulSvc)).map(
      ({ Service }) => `${Service.ID} ${Service.Address}:${Service.Port}`,
    );
    const ports = [one, two].map((started) => new URL(started?.url ?? "").port);
    expect(found.toSorted()).toEqual(apps.map((app, index) => `prom-${app} 127.0.0.1:${ports[index]}`));
    const listed = await readDiscovery(one?.url ?? "");
    expect(listed.flatMap(({ targets }) => targets).toSorted()).toEqual(
      ports.map((port) => `127.0.0.1:${port}`).toSorted(),
    );
    await one?.metrics[Symbol.asyncDispose]();
    expect((await readService(address, ConsulSvc)).map(({ Service }) => Service.ID)).toEqual([`prom-${apps[1]}`]);
  });

  test("without ConsulSvc nothing is registered", async () => {
    const { url } = await startMetrics({ ConsulHost: address });
    const answer = await fetch(
      `http://${address}/v1/agent/services?filter=${encodeURIComponent(`Port == ${new URL(url).port}`)}`,
    );
    expect(await answer.json()).toEqual({});
  });
});

test("a Consul that can't be reached fails the start in one line, and no port stays open", async () => {
  const Port = await findFreePort();
  const section = { Port, ConsulHost: "127.0.0.1:1", ConsulSvc: "metrics", Token: "sesame" };
  const starting = async () => metricProm.create(metricProm.config.parse(section), createPluginContext("a.b.c.d"));
  await expect(starting).rejects.toMatchObject({
    reason: "PLUGIN_FAILED",
    message: expect.stringMatching(
      /^the metrics can't be registered: Consul at http:\/\/127\.0\.0\.1:1 can't be reached: .*\. Check ConsulHost$/,
    ),
  });
  await expect(starting).rejects.not.toThrow("sesame");
  await startMetrics({ Port });
});

test("an endpoint on all addresses needs a name for Consul", async () => {
  const config = metricProm.config.parse({ Host: "0.0.0.0", ConsulSvc: "metrics" });
  await expect(async () => metricProm.create(config, createPluginContext("a.b.c.d"))).rejects.toMatchObject({
    reason: "CONFIG_INVALID",
    message: expect.stringContaining("set AdvertiseHost"),
  });
});
