import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { requireService } from "@m3game/testing";
import { readServiceAddresses } from "@m3game/testing/services";
import { expect, onTestFinished, test } from "vitest";
import { type Chart, chartFolder } from "./chart/chart.ts";
import { describeWithHelm } from "./chart/describe-with-helm.ts";
import { withValues } from "./chart/with-values.ts";
import { root } from "./lib/root.ts";

// Each app is a process, on a machine that may be busy.
const patience = { timeout: 60_000 };

const services = ["consul", "nats", "etcd", "redis"] as const;
const isThere = services.every((name) => readServiceAddresses()[name] !== undefined);

// What Kubernetes would set, free ports in place of those that a pod has for itself, and time where it would start a pod again.
const podVariables = {
  M3__Options__Life__StageTimeoutMs: "60000",
  M3__Plugin__Router__router_consul__AliveHost: "127.0.0.1",
  M3__Plugin__Router__router_consul__AlivePort: "0",
  ...Object.fromEntries(
    ["Trans__trans_tcp", "Trans__trans_http2", "Metric__metric_prom"].flatMap((plugin) => [
      [`M3__Plugin__${plugin}__AdvertiseHost`, "127.0.0.1"],
      [`M3__Plugin__${plugin}__Port`, "0"],
    ]),
  ),
};
const gateVariables = {
  M3__Plugin__Gate__gate_ws__Port: "0",
  M3__Plugin__Gate__gate_grpc__Port: "0",
  M3__Server__Gate__ResumeSecret: "a-secret-of-all-gates",
};

describeWithHelm("the apps of the chart", (chart) => {
  if (process.env.CI) for (const name of services) requireService(name);

  // One of each set of plugins; roles and gates need the leases of an online app.
  test.skipIf(!isThere)("start with the variables that it gives them, and stop in order", async () => {
    const world = `w${randomUUID().slice(0, 8)}`;
    const variables = await variablesByApp(chart, world);
    const start = (func: string) => startPod(world, func, variables.get(func));
    const areReady = async (pods: readonly ReturnType<typeof startPod>[]) => {
      for (const { func, output } of pods)
        await expect.poll(output, patience).toContain(`.${func}.game-m3game-${func}-0 is ready`);
    };
    const online = start("online");
    await areReady([online]);
    const started = [online, ...["role", "clubrole", "gate"].map(start)];
    await areReady(started);
    // In the order in which they need each other.
    for (const { child, exited, output } of started.reverse()) {
      child.kill("SIGTERM");
      expect(await exited, output()).toBe(0);
    }
  });
});

/** What the ConfigMaps hold, for the servers of the tests. */
async function variablesByApp(chart: Chart, world: string) {
  const infrastructure = Object.fromEntries(services.map((name) => [name, { address: requireService(name) }]));
  const gate = { gate: { allowedOrigins: ["https://game.example"] } };
  const values = { world, infrastructure, apps: { gate } };
  const least = join(chartFolder, "ci/least-values.yaml");
  const objects = await withValues(least, values, (file) => chart.render(file));
  const maps = objects.filter(({ kind }) => kind === "ConfigMap");
  return new Map(maps.map(({ metadata, data }) => [metadata.name.replace("game-m3game-", ""), data]));
}

/** Runs an app as its pod would. */
function startPod(world: string, func: string, variables: Readonly<Record<string, string>> | undefined) {
  if (variables === undefined) throw new Error(`the chart has no app ${func}`);
  const id = `demo.${world}.${func}.game-m3game-${func}-0`;
  const m3 = [join(root, "packages/cli/src/main.js"), "run", `demo/${func}app/app.ts`];
  const env = { ...process.env, ...variables, ...podVariables, ...(func === "gate" && gateVariables) };
  const child = spawn(process.execPath, [...m3, "-idstr", id, "-conf", `demo/config/${func}app.toml`], {
    cwd: root,
    env,
  });
  const exited = once(child, "close").then(([code, signal]) => code ?? signal);
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await exited;
  });
  let text = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (more: string) => (text += more));
  return { func, child, exited, output: () => text };
}
