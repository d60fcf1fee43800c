import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { demoProcesses } from "@m3game/demo/processes";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { root } from "./lib/root.ts";

const read = (file: string) => readFile(join(root, file), "utf8");
const compose = parse(await read("deploy/compose.yaml"), { merge: true });
const values = parse(await read("deploy/helm/m3game/values.yaml"));
const functions = [...new Set(demoProcesses("world1").map(({ func }) => func))].sort();

test("compose and chart run all apps of the demo", () => {
  expect(Object.keys(values.apps).sort()).toEqual(functions);
  expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(functions));
});

test.each(functions)("compose and chart run %s in the same way", (func) => {
  const { file, config, uses = values.defaults.uses } = values.apps[func];
  const { command, environment, read_only, hostname } = compose.services[func];
  expect(command).toBe(`run ${file} -idstr demo.world1.${func}.1 -conf ${config}`);
  for (const path of [file, config]) expect(existsSync(join(root, path)), path).toBe(true);
  expect("M3__Plugin__DB__db_redis__Host" in environment).toBe(uses.includes("redis"));
  expect("M3__Plugin__Lease__lease_etcd__Endpoints" in environment).toBe(uses.includes("etcd"));
  // What others reach it by: apps, and Consul.
  for (const key of [
    "Trans__trans_tcp__AdvertiseHost",
    "Trans__trans_http2__AdvertiseHost",
    "Router__router_consul__AliveHost",
  ])
    expect(environment[`M3__Plugin__${key}`], key).toBe(hostname);
  expect(read_only).toBe(true);
});

test("images, compose and chart agree on ports and user, and health checks ask at the images' own ports", async () => {
  const [dockerfile, helpers] = [await read("Dockerfile"), await read("deploy/helm/m3game/templates/_helpers.tpl")];
  const portOf = (plugin: string) => new RegExp(`M3__Plugin__${plugin}__Port=(\\d+)`).exec(dockerfile)?.[1];
  const { M3__Plugin__Router__router_consul__AlivePort: alivePort } = compose["x-registry-and-broker"];
  const [peer, grpc] = [portOf("Trans__trans_tcp"), portOf("Trans__trans_http2")];
  expect(helpers).toContain(`{{- define "m3game.peerPort" -}}${peer}{{- end -}}`);
  expect(helpers).toContain(`{{- define "m3game.grpcPort" -}}${grpc}{{- end -}}`);
  expect(helpers).toContain(`{{- define "m3game.alivePort" -}}${alivePort}{{- end -}}`);
  expect(String(values.metrics.port)).toBe(portOf("Metric__metric_prom"));
  expect(dockerfile).toContain(`"health", "127.0.0.1:${grpc}"`);
  const users = Array.from(dockerfile.matchAll(/^USER (\d+):\d+$/gm), ([, user]) => user);
  expect(users).toEqual(["10001", "10001"]);
  expect(helpers).toContain("runAsUser: 10001");
  const [, page] = /^EXPOSE (\d+)$/m.exec(dockerfile) ?? [];
  expect(dockerfile).toContain(`http://127.0.0.1:${page}/`);
  expect(await read("deploy/helm/m3game/templates/page.yaml")).toContain(`containerPort: ${page}`);
});
