import { join } from "node:path";
import { connect, webSocketTransport } from "@m3game/client";
import { ActorRegSer, ActorSer } from "@m3game/examples/gen/actor_pb.js";
import { SendToCli_ReqSchema } from "@m3game/examples/gen/gate_pb.js";
import { describeWithService } from "@m3game/testing";
import { defineApp, players, startApp } from "m3game";
import { expect, test } from "vitest";
import { createPluginFinder } from "../src/load/find-plugin.ts";
import { type CliProcess, startCli } from "./support/cli-process.ts";
import { examples, examplesFolder } from "./support/examples.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

/** Where a gate's WebSocket is, once it is ready. */
async function gateEndpoint(gate: CliProcess): Promise<string> {
  const [, endpoint = ""] = await gate.until(/^ {2}ws +(\S+)\s/m);
  return endpoint;
}

describeWithService("consul", "gates as separate processes", (consul) => {
  describeWithService("nats", "over Consul and NATS", (nats) => {
    describeWithService("etcd", "and etcd", (etcd) => {
      const world = `kill${process.pid}`;
      const addresses = [
        "M3__Plugin__Trans__trans_http2__Port=0",
        "M3__Options__Life__StageTimeoutMs=60000",
        `M3__Plugin__Router__router_consul__ConsulHost=${consul}`,
        `M3__Plugin__Broker__broker_nats__URL=${nats}`,
        `M3__Plugin__Lease__lease_etcd__Endpoints=${etcd}`,
        "M3__Plugin__Lease__lease_etcd__LeaseKeepLiveTime=6",
      ];
      const own = (pushFile: string): Readonly<Record<string, readonly string[]>> => ({
        actorapp: ["M3__Plugin__DB__db_sqlite__File=:memory:"],
        gateapp: [
          ...["M3__Server__Gate__KeepPushes=true", `M3__Plugin__DB__db_sqlite__File=${pushFile}`],
          ...["M3__Plugin__Gate__gate_ws__Port=0", "M3__Plugin__Gate__gate_grpc__Port=0"],
          ...["M3__Server__Gate__ResumeSecret=0123456789abcdef", "M3__Server__Gate__AuthTimeOut=30"],
        ],
      });

      function start(name: string, instance: number, pushFile: string): CliProcess {
        const example = examples.find((each) => each.name === name);
        if (example === undefined) throw new Error(`there is no example ${name}`);
        const { appFile, configFile, id } = example;
        const idstr = id.replace("world1", world).replace(/1$/, String(instance));
        const variables = [...addresses, ...(own(pushFile)[name] ?? [])].flatMap((variable) => ["-env", variable]);
        return startCli(["run", appFile, "-idstr", idstr, "-conf", configFile, ...variables]);
      }

      // It starts processes, on a machine that may be busy.
      test("a gate that is killed in the middle of calls: its players go on at another one with all pushes, and no call runs twice", {
        timeout: 120_000,
      }, async () => {
        const pushFile = join(await temporaryFolder(), "pushes.sqlite");
        const actor = start("actorapp", 1, pushFile);
        const gates = [start("gateapp", 1, pushFile), start("gateapp", 2, pushFile)] as const;
        await actor.grpcEndpoint();
        const endpoints = [await gateEndpoint(gates[0]), await gateEndpoint(gates[1])] as const;
        let current: string = endpoints[0];
        const client = await connect("ws://the.nearest.gate/", {
          ...{ token: "June", timeoutMs: 60_000 },
          transport: (_url, events) => webSocketTransport(`ws://${current}/`, events),
        });
        // Nothing of the first gate reaches it once it is deaf, so that it acknowledges none of its pushes.
        let isDeaf = false;
        const watcher = await connect("ws://the.nearest.gate/", {
          ...{ token: "Mike", timeoutMs: 60_000 },
          transport(_url, events) {
            const hears = () => !isDeaf || current === endpoints[1];
            const onMessage = (message: Uint8Array) => hears() && events.onMessage(message);
            return webSocketTransport(`ws://${current}/`, { ...events, onMessage });
          },
        });
        const pushes: string[] = [];
        watcher.on(SendToCli_ReqSchema, ({ content }) => void pushes.push(content));
        isDeaf = true;
        await using game = await startApp(defineApp({ func: "game", servers: [] }), {
          ...{ id: `example.${world}.game.1`, observes: true, resolvePlugin: createPluginFinder(examplesFolder) },
          config: `[[Plugin.Router.router_consul]]\nConsulHost = "${consul}"\n[[Plugin.Trans.trans_tcp]]\n`,
        });
        for (const content of ["one", "two", "three"]) {
          await players(game).push("PlayerID-Mike", SendToCli_ReqSchema, { content });
        }
        const actorId = "PlayerID-June";
        await client.service(ActorRegSer).register({ name: "June", playerId: actorId });
        const calls = client.service(ActorSer);
        const levels: number[] = [];
        let unknown = 0;
        const levelUp = async () => {
          try {
            levels.push((await calls.lvUp({ actorId })).level);
          } catch (error) {
            expect(error).toMatchObject({ reason: "UNKNOWN_OUTCOME" });
            unknown++;
          }
        };
        for (let count = 0; count < 5; count++) await levelUp();
        const burst = Array.from({ length: 20 }, levelUp);
        await Promise.race(burst);
        current = endpoints[1];
        gates[0].signal("SIGKILL");
        await Promise.all(burst);
        // All may have been answered before the gate was killed.
        await expect.poll(() => client.state).toMatchObject({ state: "online", resumed: true });
        expect(new Set(levels).size).toBe(levels.length);
        expect(levels).toEqual(levels.toSorted((a, b) => a - b));
        // A player starts with level 1.
        const runs = (await calls.lvUp({ actorId })).level - 2;
        expect(runs).toBeGreaterThanOrEqual(levels.length);
        expect(runs).toBeLessThanOrEqual(levels.length + unknown);
        await expect.poll(() => pushes).toEqual(["one", "two", "three"]);
        expect(watcher.state).toMatchObject({ state: "online", resumed: true, pushesLost: false });
        for (const each of [client, watcher]) each.close();
        for (const app of [actor, gates[1]]) app.signal("SIGTERM");
        for (const app of [actor, gates[1]]) expect(await app.exited).toBe(0);
      });
    });
  });
});
