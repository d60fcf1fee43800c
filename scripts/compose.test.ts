import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { composeFile, findComposeReader, readCompose } from "./compose/compose-file.ts";
import { describeWith } from "./lib/describe-with.ts";
import { root } from "./lib/root.ts";

const read = (file: string) => readFile(join(root, file), "utf8");
const howToGet = 'there is nothing that reads compose files: run "npm run compose" first, which builds it';

describeWith("the compose file", findComposeReader(), howToGet, (reader) => {
  test("what is built is there, and what is not built is what the chart runs", async () => {
    const { services } = await readCompose(reader, composeFile);
    const dockerfile = await read("Dockerfile");
    const built = new Map(
      Object.values(services)
        .map(({ image, build }) => [image, build] as const)
        .filter(([, build]) => build),
    );
    for (const build of built.values()) {
      expect(build).toMatchObject({ context: root, dockerfile: "Dockerfile" });
      if (build?.target !== undefined) expect(dockerfile).toContain(`AS ${build.target}\n`);
    }
    const { infrastructure } = parse(await read("deploy/helm/m3game/values.yaml"));
    for (const [name, { image }] of Object.entries(services)) {
      if (!built.has(image)) expect(image).toBe(infrastructure[name].image);
    }
  });

  test("whoever is waited for tells its health", async () => {
    const { services } = await readCompose(reader, composeFile);
    const awaited = Object.values(services).flatMap(({ depends_on = {} }) =>
      Object.entries(depends_on).flatMap(([name, { condition }]) => (condition === "service_healthy" ? [name] : [])),
    );
    expect([...new Set(awaited)].sort()).toEqual(["consul", "etcd", "nats", "online", "redis"]);
    for (const name of awaited) {
      const { image, healthcheck } = services[name] ?? {};
      // Ours brings one along.
      if (image !== "m3game") expect(healthcheck?.test[0], name).toBe("CMD");
    }
  });

  test("what is published is listened on, and this machine alone reaches it", async () => {
    const { services } = await readCompose(reader, composeFile);
    const published = Object.entries(services).flatMap(([name, { ports = [] }]) =>
      ports.map((port) => ({ name, ...port })),
    );
    expect(published.every(({ host_ip }) => host_ip === "127.0.0.1")).toBe(true);
    const { M3__Plugin__Gate__gate_ws__Port: ws, M3__Plugin__Gate__gate_grpc__Port: grpc } =
      services.gate?.environment ?? {};
    const [, page] = /^EXPOSE (\d+)$/m.exec(await read("Dockerfile")) ?? [];
    expect(published.map(({ name, target }) => `${name} ${target}`).sort()).toEqual(
      [`gate ${ws}`, `gate ${grpc}`, `page ${page}`].sort(),
    );
  });

  test.each([
    ["a misspelled key", "read_only: true", "readonly: true", "readonly"],
    ["a server that is none", "    nats: { condition", "    gnats: { condition", "gnats"],
    ["a volume that is none", 'volumes: ["redis:/data"]', 'volumes: ["reddish:/data"]', "reddish"],
  ])("%s is refused", async (_what, right, wrong, problem) => {
    const folder = await mkdtemp(join(tmpdir(), "m3game-compose-"));
    try {
      const file = join(folder, "compose.yaml");
      await writeFile(file, (await readFile(composeFile, "utf8")).replace(right, wrong));
      await expect(readCompose(reader, file)).rejects.toThrow(problem);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
