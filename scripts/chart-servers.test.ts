import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { findProgram, findServicesDir, type Program, serviceDefinitions } from "@m3game/testing/services";
import { expect, onTestFinished, test } from "vitest";
import { chartFolder } from "./chart/chart.ts";
import { describeWithHelm } from "./chart/describe-with-helm.ts";
import type { KubernetesObject } from "./chart/kubernetes-object.ts";
import { runCommand } from "./lib/run-command.ts";

const laptop = join(chartFolder, "values-laptop.yaml");
const servers = ["consul", "etcd", "nats", "redis"] as const;
// On a machine that may be busy.
const patience = { timeout: 60_000, interval: 500 };
// For networks of their own: each server has the ports that it has in its pod.
const isRoot = process.platform === "linux" && process.getuid?.() === 0;
const areThere = servers.every((server) => findProgram(serviceDefinitions[server].binary, findServicesDir()));

describeWithHelm("the servers of the chart", (chart) => {
  test("apps are told where they are, wait for them, and may reach them", async () => {
    const objects = await chart.render(laptop);
    const { data = {} } = objectOf(objects, "ConfigMap", "game-m3game-uid");
    const { spec } = objectOf(objects, "StatefulSet", "game-m3game-uid");
    const { spec: policy } = objectOf(objects, "NetworkPolicy", "game-m3game");
    const reached = policy.egress.flatMap(({ to = [] }: { to?: readonly unknown[] }) => to);
    const addresses = servers.map((server) => {
      const name = `game-m3game-${server}`;
      const { spec: service } = objectOf(objects, "Service", name);
      const { spec: set } = objectOf(objects, "StatefulSet", name);
      const { spec: own } = objectOf(objects, "NetworkPolicy", name);
      for (const { matchLabels } of [set.selector, own.podSelector]) expect(matchLabels).toEqual(service.selector);
      expect(reached).toContainEqual({ podSelector: set.selector });
      expect(own.ingress[0].from).toEqual([{ podSelector: policy.podSelector }]);
      return `${name}:${service.ports[0].port}`;
    });
    const [consul = "", etcd = "", nats = "", redis = ""] = addresses;
    expect(spec.template.spec.initContainers[0].args.toSorted()).toEqual(addresses);
    expect(data).toMatchObject({
      M3__Plugin__Router__router_consul__ConsulHost: consul,
      M3__Plugin__Lease__lease_etcd__Endpoints: etcd,
      M3__Plugin__Broker__broker_nats__URL: nats,
    });
    const { M3__Plugin__DB__db_redis__Host: host, M3__Plugin__DB__db_redis__Port: port } = data;
    expect(`${host}:${port}`).toBe(redis);
  });

  test("Consul may ask each pod for its health", async () => {
    const objects = await chart.render(laptop);
    const [{ env, ports }] = objectOf(objects, "StatefulSet", "game-m3game-uid").spec.template.spec.containers;
    const name = "M3__Plugin__Router__router_consul__AliveHost";
    expect(env).toContainEqual({ name, valueFrom: { fieldRef: { fieldPath: "status.podIP" } } });
    const { data } = objectOf(objects, "ConfigMap", "game-m3game-uid");
    const containerPort = Number(data?.M3__Plugin__Router__router_consul__AlivePort);
    expect(ports).toContainEqual({ name: "alive", containerPort });
    const { spec: apps } = objectOf(objects, "NetworkPolicy", "game-m3game");
    const { spec: consul } = objectOf(objects, "NetworkPolicy", "game-m3game-consul");
    const alive = [{ port: "alive" }];
    expect(apps.ingress).toContainEqual({ ports: alive, from: [{ podSelector: consul.podSelector }] });
    expect(consul.egress).toEqual([{ ports: alive, to: [{ podSelector: apps.podSelector }] }]);
  });

  test.skipIf(!isRoot || !(areThere || process.env.CI))("they run as in their pods, and get ready", async () => {
    const objects = await chart.render(laptop);
    await Promise.all(
      servers.map(async (server) => {
        const [container] = objectOf(objects, "StatefulSet", `game-m3game-${server}`).spec.template.spec.containers;
        const running = await startContainer(container, serviceDefinitions[server].binary);
        await expect.poll(() => running.probe(container.readinessProbe), { ...patience, message: server }).toBe(true);
        expect(await running.probe(container.livenessProbe), server).toBe(true);
        // The password that the apps have is asked for.
        if (server === "redis")
          expect(await running.probe(container.readinessProbe, { REDISCLI_AUTH: "" })).toBe(false);
      }),
    );
  });
});

interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: string | number };
  readonly tcpSocket?: { readonly port: string };
  readonly exec?: { readonly command: readonly string[] };
}

interface Container {
  readonly command: readonly string[];
  readonly args: readonly string[];
  readonly ports: readonly { readonly containerPort: number }[];
  readonly env?: readonly { readonly name: string }[];
}

function objectOf(objects: readonly KubernetesObject[], kind: string, name: string): KubernetesObject {
  const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
  if (found === undefined) throw new Error(`the chart has made no ${kind} ${name}`);
  return found;
}

/** Runs what a container does, with a folder in the place of its volume and "secret" as what it has of a Secret. */
async function startContainer({ command, args, ports, env: variables = [] }: Container, binary: string) {
  const { path, env: libraries } = programOf(binary);
  const data = await mkdtemp(join(tmpdir(), "m3game-server-"));
  const env = { ...libraries, ...Object.fromEntries(variables.map(({ name }) => [name, "secret"])) };
  const line = [...command, ...args].map((word) => word.replace("/data", data));
  const enter = ["--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"];
  const child = spawn("unshare", [...enter, ...line], {
    cwd: data,
    env: { ...process.env, ...env, PATH: [dirname(path), process.env.PATH].join(delimiter) },
    stdio: "ignore",
  });
  const closed = once(child, "close");
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await closed;
    await rm(data, { recursive: true });
  });
  return {
    /** As the kubelet does: true for a success. */
    async probe(probe: Probe, changes: Readonly<Record<string, string>> = {}): Promise<boolean> {
      const args = ["--target", String(child.pid), "--net", ...probeCommand(probe, ports[0]?.containerPort)];
      const { ok } = await runCommand("nsenter", args, { env: { ...env, ...changes } });
      return ok;
    },
  };
}

function probeCommand({ httpGet, tcpSocket, exec }: Probe, client = 0): readonly string[] {
  if (httpGet !== undefined) {
    const url = `http://127.0.0.1:${Number(httpGet.port) || client}${httpGet.path}`;
    return [process.execPath, "-e", `process.exit((await fetch("${url}")).ok ? 0 : 1)`];
  }
  if (tcpSocket !== undefined) return ["bash", "-c", `</dev/tcp/127.0.0.1/${client}`];
  const [name = "", ...args] = exec?.command ?? [];
  return [programOf(name).path, ...args];
}

function programOf(name: string): Program {
  const program = findProgram(name, findServicesDir());
  if (program === undefined) throw new Error(`${name} is not on this machine: run "npm run services -- up" once`);
  return program;
}
