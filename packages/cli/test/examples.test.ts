import { globSync } from "node:fs";
import { dirname, join } from "node:path";
import { login } from "@m3game/examples/client/login";
import { modes } from "@m3game/examples/client/modes";
import { describeWithService } from "@m3game/testing";
import { expect, test, vi } from "vitest";
import { RemoteServer } from "../src/index.ts";
import { type CliProcess, startCli } from "./support/cli-process.ts";
import { type Example, examples, examplesFolder } from "./support/examples.ts";

// Each starts processes, on a machine that may be busy.
vi.setConfig({ testTimeout: 60_000 });

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

const greetings: Readonly<Record<string, number>> = { simpleapp: 1, multiapp: 3, asyncapp: 0, actorapp: 0, gateapp: 0 };

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

describeWithService("consul", "examples as separate processes", (consul) => {
  describeWithService("nats", "over Consul and NATS", (nats) => {
    describeWithService("etcd", "and etcd", (etcd) => {
      const addresses = [
        `M3__Plugin__Router__router_consul__ConsulHost=${consul}`,
        `M3__Plugin__Broker__broker_nats__URL=${nats}`,
      ];
      // A variable adds the section where there is none: only the app that has it gets it.
      const own: Readonly<Record<string, readonly string[]>> = {
        actorapp: [
          `M3__Plugin__Lease__lease_etcd__Endpoints=${etcd}`,
          "M3__Plugin__DB__db_sqlite__File=:memory:",
          "M3__Server__Actor__ActiveTimeOut=1",
        ],
        gateapp: [`M3__Plugin__Lease__lease_etcd__Endpoints=${etcd}`],
      };

      test("each is ready with its config, is registered, answers and leaves the registry", async () => {
        const running = examples.map((example) => {
          const variables = [...addresses, ...(own[example.name] ?? [])].flatMap((variable) => ["-env", variable]);
          return { example, app: start(example, "-conf", example.configFile, ...variables) };
        });
        for (const { example, app } of running) {
          expect(await greet(await app.grpcEndpoint())).toBe(greetings[example.name]);
          expect(app.output).toMatch(/^ {2}tcp {4}127\.0\.0\.1:\d+$/m);
          expect(await registered(consul, example)).toEqual([example.id]);
        }
        const gate = running.find(({ example }) => example.name === "gateapp");
        for (const protocol of ["ws", "legacy"] as const) {
          const scheme = protocol === "legacy" ? "grpc" : protocol;
          const [, endpoint = ""] = new RegExp(`^ {2}${scheme} +(\\S+)$`, "m").exec(gate?.app.output ?? "") ?? [];
          for (const mode of ["Hello", "ActorBroadCast", "ActorCommon"]) {
            const lines: string[] = [];
            const player = await login(protocol, endpoint, `${protocol}-${process.pid}`);
            await modes[mode]?.(player, (line) => lines.push(line));
            player.close();
            expect(lines.length).toBeGreaterThan(0);
          }
        }
        for (const { app } of running) app.signal("SIGTERM");
        for (const { example, app } of running) {
          expect(await app.exited).toBe(0);
          expect(await registered(consul, example)).toEqual([]);
        }
      });
    });
  });
});

/** The app ids of an example in the registry. */
async function registered(consul: string, { id }: Example): Promise<readonly string[]> {
  const service = id.slice(0, id.lastIndexOf("."));
  const response = await fetch(`http://${consul}/v1/health/service/${service}?passing`);
  const entries: readonly { readonly Service: { readonly ID: string } }[] = JSON.parse(await response.text());
  return entries.map(({ Service }) => Service.ID);
}
