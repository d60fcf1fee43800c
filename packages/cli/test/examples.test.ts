import { globSync } from "node:fs";
import { dirname, join } from "node:path";
import { login, type Protocol } from "@m3game/examples/client/login";
import { modeLines } from "@m3game/examples/client/mode-lines";
import { modes } from "@m3game/examples/client/modes";
import { describeWithService } from "@m3game/testing";
import { launchService, type ServiceName } from "@m3game/testing/services";
import { expect, onTestFinished, test, vi } from "vitest";
import { RemoteServer } from "../src/index.ts";
import { type CliProcess, startCli } from "./support/cli-process.ts";
import { type Example, examples, examplesFolder } from "./support/examples.ts";
import { runM3 } from "./support/run-in-process.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

// Each starts processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });
const patience = { timeout: 20_000 };

const gatePorts = ["M3__Plugin__Gate__gate_ws__Port=0", "M3__Plugin__Gate__gate_grpc__Port=0"];

/** Starts an example on any free ports. */
function start({ appFile, id, name }: Example, ...args: readonly string[]): CliProcess {
  const ports = ["M3__Plugin__Trans__trans_http2__Port=0", ...(name === "gateapp" ? gatePorts : [])];
  return startCli(["run", appFile, "-idstr", id, ...ports.flatMap((port) => ["-env", port]), ...args]);
}

/** Calls every method that takes a text with it and expects to be greeted; resolves with the number of calls. */
async function greet(endpoint: string): Promise<number> {
  using server = new RemoteServer(endpoint);
  let calls = 0;
  for (const name of await server.services()) {
    for (const method of (await server.service(name)).methods) {
      if (method.input.fields[0]?.name !== "req") continue;
      expect(await server.call(`${name}/${method.name}`, { req: "you" })).toEqual({ rsp: `${method.name} , you` });
      calls++;
    }
  }
  return calls;
}

const greetings: Readonly<Record<string, number>> = {
  ...{ simpleapp: 1, multiapp: 3, asyncapp: 0, actorapp: 0, worldapp: 0, gateapp: 0 },
};

test("every example is known here and has a config", () => {
  expect(examples.map(({ name }) => name).sort()).toEqual(Object.keys(greetings).sort());
  const configs = globSync("config/*app.toml", { cwd: examplesFolder }).map((file) => join(examplesFolder, file));
  expect(configs.sort()).toEqual(examples.map(({ configFile }) => configFile).sort());
});

test.each(examples)("$name runs on its own, answers and stops", async (example) => {
  // Without a config file nothing says where its resources are.
  const app = start(example, "-env", `M3__Options__Resource__CfgPath=${dirname(example.appFile)}`);
  expect(await greet(await app.grpcEndpoint())).toBe(greetings[example.name]);
  app.signal("SIGTERM");
  expect(await app.exited).toBe(0);
});

/** A second instance of the app whose players move between them. */
const actor2 = examples
  .filter(({ name }) => name === "actorapp")
  .map((example) => ({ ...example, id: example.id.replace(/1$/, "2") }));

describeWithService("consul", "examples as separate processes", () => {
  describeWithService("nats", "over Consul and NATS", () => {
    describeWithService("etcd", "and etcd", () => {
      test("each is ready with its config, is registered, answers and leaves the registry; all modes can be played", {
        timeout: 120_000,
      }, async () => {
        const { consul, variables } = await startServices();
        const running = [...examples, ...actor2].map((example) => {
          const env = variables(example.name).flatMap((variable) => ["-env", variable]);
          return { example, app: start(example, "-conf", example.configFile, ...env) };
        });
        for (const { example, app } of running) {
          expect(await greet(await app.grpcEndpoint())).toBe(greetings[example.name]);
          expect(app.output).toMatch(/^ {2}tcp {4}127\.0\.0\.1:\d+$/m);
          await expect.poll(() => registered(consul, example), patience).toContain(example.id);
        }
        const gate = running.find(({ example }) => example.name === "gateapp");
        for (const protocol of ["ws", "grpc", "legacy"] as const) await playModes(gate?.app, protocol);
        expect(await appsSeen(consul)).toEqual(running.map(({ example }) => example.id).toSorted());
        for (const { app } of running) app.signal("SIGTERM");
        for (const { app } of running) expect(await app.exited).toBe(0);
        for (const { example } of running) expect(await registered(consul, example)).toEqual([]);
      });
    });
  });
});

/** Servers of the test's own: the app ids of the examples are in nobody else's registry. */
async function startServices() {
  const cleanup = new AsyncDisposableStack();
  onTestFinished(() => cleanup.disposeAsync());
  const launch = async (name: ServiceName) => cleanup.use(await launchService(name)).address;
  const [consul, nats, etcd] = await Promise.all([launch("consul"), launch("nats"), launch("etcd")]);
  const everywhere = [
    // They start all at once.
    "M3__Options__Life__StageTimeoutMs=60000",
    `M3__Plugin__Router__router_consul__ConsulHost=${consul}`,
    `M3__Plugin__Broker__broker_nats__URL=${nats}`,
  ];
  // A variable adds the section where there is none: only the app that has it gets it.
  const own: Readonly<Record<string, readonly string[]>> = {
    actorapp: [
      `M3__Plugin__Lease__lease_etcd__Endpoints=${etcd}`,
      `M3__Plugin__DB__db_sqlite__File=${join(await temporaryFolder(), "players.sqlite")}`,
      "M3__Server__Actor__ActiveTimeOut=1",
    ],
    gateapp: [`M3__Plugin__Lease__lease_etcd__Endpoints=${etcd}`],
  };
  return { consul, variables: (name: string) => [...everywhere, ...(own[name] ?? [])] };
}

/** The apps that an operator sees, who has the config of one of them. */
async function appsSeen(consul: string): Promise<readonly string[]> {
  const variables = { M3__Plugin__Router__router_consul__ConsulHost: consul };
  const { code, stdout, stderr } = await runM3(
    ["apps", "-conf", join(examplesFolder, "config/gateapp.toml"), "--json", "--timeout", "20000"],
    variables,
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  const apps: readonly { readonly app: string; readonly pid: number }[] = JSON.parse(stdout);
  for (const { pid } of apps) expect(pid).toBeGreaterThan(0);
  return apps.map(({ app }) => app);
}

async function playModes(gate: CliProcess | undefined, protocol: Protocol): Promise<void> {
  const scheme = protocol === "legacy" ? "grpc" : protocol;
  const [, endpoint = ""] = new RegExp(`^ {2}${scheme} +(\\S+)$`, "m").exec(gate?.output ?? "") ?? [];
  const play = async (mode: string) => {
    const lines: string[] = [];
    const player = await login(protocol, endpoint, `${protocol}-${mode}`);
    try {
      await modes[mode]?.(player, (line) => lines.push(line));
    } finally {
      player.close();
    }
    return lines;
  };
  for (const [mode, expected] of Object.entries(modeLines)) {
    const registration = mode.startsWith("Actor") ? [`Register -> PlayerID-${protocol}-${mode}`] : [];
    expect(await play(mode)).toEqual([...registration, ...expected]);
  }
  expect((await play("ActorBroadCast")).at(-1)).toMatch(/^PullChannel -> \d+ messages$/);
  // The rules limit calls in a second, which a busy machine may need for them.
  await expect.poll(async () => (await play("Break")).at(-1), patience).toContain("BreakHello -> refused: ");
}

/** The app ids of an example in the registry. */
async function registered(consul: string, { id }: Example): Promise<readonly string[]> {
  const service = id.slice(0, id.lastIndexOf("."));
  const response = await fetch(`http://${consul}/v1/health/service/${service}?passing`);
  const entries: readonly { readonly Service: { readonly ID: string } }[] = JSON.parse(await response.text());
  return entries.map(({ Service }) => Service.ID);
}
