import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readConfig } from "m3game";
import { expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { chartFolder } from "./chart/chart.ts";
import { describeWithHelm } from "./chart/describe-with-helm.ts";
import type { KubernetesObject } from "./chart/kubernetes-object.ts";
import { checkOperatorObjects } from "./chart/operator-objects.ts";
import { withValues } from "./chart/with-values.ts";
import { root } from "./lib/root.ts";

const least = join(chartFolder, "ci/least-values.yaml");
const much = join(chartFolder, "ci/much-values.yaml");
/** Those of its apps. */
const functions = ["club", "fight", "gate", "match", "online", "role", "uid", "zone"];

describeWithHelm("the chart", (chart) => {
  test("the schemas refuse what they do not know", async () => {
    const objects = await chart.render(least);
    const broken = objects.map((object) => ({ ...object, spec: { ...object.spec, unknown: 1 } }));
    expect(await chart.validate({ broken }, "1.37")).toMatchObject({ ok: false });
  });

  test.each(["ServiceMonitor", "PrometheusRule"])("so does that of a %s", async (kind) => {
    const objects = (await chart.render(much)).filter((object) => object.kind === kind);
    expect(objects).toHaveLength(1);
    const changed = (spec: object) => objects.map((object) => ({ ...object, spec: { ...object.spec, ...spec } }));
    expect(checkOperatorObjects(changed({ unknown: 1 }))).toEqual([`${kind} live: there is no spec.unknown`]);
    expect(checkOperatorObjects(changed({ endpoints: 1, groups: 1 }))).toHaveLength(1);
  });

  test("Prometheus scrapes all apps, as the job of the alerts", async () => {
    const objects = await chart.render(much);
    const { jobLabel, selector } = objects.find(({ kind }) => kind === "ServiceMonitor")?.spec ?? {};
    const scraped = objects.filter(
      ({ kind, metadata: { labels = {} } }) =>
        kind === "Service" && Object.entries(selector.matchLabels).every(([name, value]) => labels[name] === value),
    );
    expect(scraped.map(({ spec }) => spec.selector["app.kubernetes.io/component"]).sort()).toEqual(functions);
    for (const { metadata } of scraped) expect(metadata.labels?.[jobLabel]).toMatch(/^m3/);
    const rules = await Promise.all(
      ["alerts.yml", "scaling.yml"].map(async (file) =>
        parse(await readFile(join(root, "deploy/monitoring", file), "utf8")),
      ),
    );
    const groups = rules.flatMap((file) => file.groups);
    expect(objects.find(({ kind }) => kind === "PrometheusRule")?.spec).toEqual({ groups });
    expect(stringify(groups)).toContain('job=~"m3.*"');
    const dashboard = objects.find(({ metadata }) => metadata.labels?.grafana_dashboard === "1");
    expect(JSON.parse(dashboard?.data?.["m3game.json"] ?? "")).toMatchObject({ uid: "m3game" });
  });

  test("each pod is an app of its own, that drains in the time which it is given", async () => {
    const pods = podsOf(await chart.render(much));
    expect([...pods.keys()].sort()).toEqual([...functions, "health", "nats", "page"].sort());
    for (const func of functions) {
      const spec = pods.get(func);
      const [container] = spec.containers;
      expect(container.args).toEqual(expect.arrayContaining(["-idstr", `live.eu1.${func}.$(POD_NAME)`]));
      expect(container.env).toContainEqual(expect.objectContaining({ name: "POD_NAME" }));
      expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(container.lifecycle.preStop.sleep.seconds + 120);
      const ports = container.ports.map(({ containerPort }: { containerPort: number }) => containerPort);
      for (const probe of [container.startupProbe, container.readinessProbe]) expect(ports).toContain(probe.grpc.port);
    }
  });

  test("helm test asks each app for its health", async () => {
    const [health] = podsOf(await chart.render(much)).get("health").containers;
    expect(health.args).toEqual(functions.map((func) => `live-${func}`));
    expect(health.command[2]).toContain("health");
  });

  test("pods may do little, and say what they need", async () => {
    for (const spec of podsOf(await chart.render(much)).values()) {
      expect(spec).toMatchObject({ automountServiceAccountToken: false, securityContext: { runAsNonRoot: true } });
      for (const { securityContext, resources } of [...(spec.initContainers ?? []), ...spec.containers]) {
        expect(securityContext).toMatchObject({ readOnlyRootFilesystem: true, allowPrivilegeEscalation: false });
        expect(Object.keys(resources).sort()).toEqual(["limits", "requests"]);
      }
    }
  });

  test("secrets reach the pods, and are in no other object", async () => {
    const objects = await chart.render(least);
    const secret = "a-secret-of-all-gates";
    expect(objects.filter((object) => stringify(object).includes(secret)).map(({ kind }) => kind)).toEqual(["Secret"]);
    for (const [name, spec] of podsOf(objects)) {
      if (name !== "health") expect(spec.containers[0].envFrom).toContainEqual({ secretRef: { name: "game-m3game" } });
    }
  });

  test("the variables of an app fit its config file: they add no plugin but the metrics", async () => {
    const { apps } = parse(await readFile(join(chartFolder, "values.yaml"), "utf8"));
    const objects = await chart.render(least);
    for (const [func, { file, config }] of Object.entries<{ file: string; config: string }>(apps)) {
      expect(await readFile(join(root, file), "utf8")).toContain(`func: "${func}"`);
      const { tree } = await readConfig(join(root, config));
      const named = Object.values(tree.Plugin ?? {}).flatMap((kind) => Object.keys(kind));
      const map = objects.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name === `game-m3game-${func}`);
      const set = Object.keys(map?.data ?? {}).flatMap((name) => /^M3__Plugin__\w+?__(\w+?)__/.exec(name)?.[1] ?? []);
      expect(named, func).toEqual(expect.arrayContaining([...new Set(set)].filter((name) => name !== "metric_prom")));
      for (const server of ["db_redis", "lease_etcd"]) expect(set.includes(server), func).toBe(named.includes(server));
    }
  });

  test.each([
    [
      "no secret of the gates",
      { secrets: { values: { M3__Server__Gate__ResumeSecret: null, M3__Plugin__DB__db_redis__Auth: "a-password" } } },
      "set secrets.existing, or secrets.values.M3__Server__Gate__ResumeSecret",
    ],
    ["a misspelled key", { drainSecond: 5 }, "drainSecond"],
    ["a misspelled key of an app", { apps: { role: { replica: 2 } } }, "replica"],
    ["a number as a text", { drainSeconds: "30" }, "drainSeconds"],
    ["an app without a file", { apps: { chat: { config: "chat.toml" } } }, "file"],
    ["a function that is none", { apps: { "Role-2": { file: "a.ts", config: "a.toml" } } }, "Role-2"],
    ["a world with a dot", { world: "eu.1" }, "world"],
    ["an address without a port", { infrastructure: { nats: { address: "nats" } } }, "nats"],
    [
      "a server that is nowhere",
      { infrastructure: { etcd: { address: null } } },
      "set infrastructure.etcd.address to where it is, or infrastructure.etcd.enabled to true",
    ],
    [
      "a server that is here and elsewhere",
      { infrastructure: { nats: { enabled: true } } },
      "unset address to run it in this release, or enabled to use the one at the address",
    ],
    [
      "a server of the release with what it has not",
      { infrastructure: { redis: { address: null, enabled: true, tls: true } } },
      "infrastructure.redis: tls and cluster are of a server at an address",
    ],
    ["a misspelled key of a server", { infrastructure: { redis: { host: "redis" } } }, "host"],
    ["an app with the name of a server", { apps: { redis: { file: "a.ts", config: "a.toml" } } }, "redis"],
    ["secrets here and elsewhere", { secrets: { existing: "game" } }, "secrets has both existing and values"],
    ["a page that knows no gate", { page: { enabled: true } }, "gates"],
    ["an unknown kind", { defaults: { kind: "DaemonSet" } }, "kind"],
    ["a disruption of none", { apps: { role: { maxUnavailable: 0 } } }, "maxUnavailable"],
    [
      "more at least than at most",
      { apps: { role: { autoscaling: { enabled: true, minReplicas: 20 } } } },
      "maxReplicas is less than minReplicas",
    ],
    [
      "an origin with a path",
      { apps: { gate: { gate: { allowedOrigins: ["https://game.example/play"] } } } },
      "allowedOrigins",
    ],
  ])("%s is refused", async (_what, values, problem) => {
    const { ok, output } = await withValues(least, values, (file) => chart.template(file));
    expect(ok).toBe(false);
    expect(output).toContain(problem);
  });
});

/** The pods' specs by what runs in them: the functions of apps, the page, servers, and what `helm test` runs. */
function podsOf(objects: readonly KubernetesObject[]) {
  const specs = objects.flatMap(({ kind, spec }) => {
    if (kind === "Pod") return [spec];
    return kind === "StatefulSet" || kind === "Deployment" ? [spec.template.spec] : [];
  });
  return new Map(specs.map((spec) => [spec.containers[0].name, spec]));
}
