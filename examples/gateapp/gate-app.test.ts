import { join } from "node:path";
import { Code, startCluster } from "m3game";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { login, type Protocol } from "../client/login.ts";
import { modeLines } from "../client/mode-lines.ts";
import { modes, watchWorld } from "../client/modes.ts";
import cluster from "../cluster.ts";
import { ActorSer } from "../gen/actor_pb.js";
import { MultiSer } from "../gen/multi_pb.js";
import gateApp from "./app.ts";

/** Every app of the examples in memory, with players that go offline soon; the gate on any free ports. */
async function startExamples() {
  const configs: Readonly<Record<string, string>> = {
    actor: `[[Options.Resource]]\nCfgPath = ${JSON.stringify(join(import.meta.dirname, "../actorapp"))}\n[[Server.Actor]]\nActiveTimeOut = 0.4\n`,
    gate: "[[Plugin.Gate.gate_ws]]\n[[Plugin.Gate.gate_grpc]]\n[[Server.Gate]]\nTrustClientRoute = true\n",
  };
  const quick = "[[Options.Life]]\nDrainTimeoutMs = 500\n";
  const plugins = [(await import("@m3game/gate-ws")).default, (await import("@m3game/gate-grpc")).default];
  return startCluster(
    cluster.map(({ app, id }) => ({ app, id, plugins, config: quick + (configs[id.split(".")[2] ?? ""] ?? "") })),
  );
}

describe("the example client", () => {
  let running: Awaited<ReturnType<typeof startExamples>>;

  beforeAll(async () => {
    running = await startExamples();
  });

  afterAll(() => running[Symbol.asyncDispose]());

  function endpoint(protocol: Protocol): string {
    const scheme = protocol === "legacy" ? "grpc" : protocol;
    const { endpoints } = running.app("example.world1.gate.1");
    return endpoints.find((each) => each.scheme === scheme)?.endpoint ?? "";
  }

  async function play(mode: string, protocol: Protocol, token: string): Promise<readonly string[]> {
    const player = await login(protocol, endpoint(protocol), token);
    const lines: string[] = [];
    try {
      await modes[mode]?.(player, (line) => lines.push(line));
    } finally {
      player.close();
    }
    return lines;
  }

  const expected: Readonly<Record<string, readonly string[]>> = {
    ...modeLines,
    Break: [1, 2, 3, 4, 5].map((count) => `BreakHello -> BreakHello , June ${count}`),
  };

  describe.each(["ws", "grpc", "legacy"] as const)("over %s", (protocol) => {
    test.each(Object.keys(expected))("mode %s", async (mode) => {
      const token = `${protocol}-${mode}`;
      const lines = await play(mode, protocol, token);
      const registered = mode.startsWith("Actor") ? [`Register -> PlayerID-${token}`] : [];
      expect(lines).toEqual([...registered, ...(expected[mode] ?? [])]);
    });

    test("mode World", async () => {
      const player = await login(protocol, endpoint(protocol), `${protocol}-World`);
      const lines: string[] = [];
      await watchWorld(player, (line) => lines.push(line), 1);
      player.close();
      expect(lines).toHaveLength(21);
      expect(lines[0]).toBe("ViewPosition 150,150 -> Guanyu at 150,150 (100 %)");
      expect(lines.at(-1)).toMatch(/^ViewPosition 180,180 -> Qinqiong at 1\d\d,1\d\d \(\d+ %\)$/);
    });

    test("mode ActorBroadCast", async () => {
      expect((await play("ActorBroadCast", protocol, protocol)).at(-1)).toMatch(/^PullChannel -> \d+ messages$/);
    });
  });

  test("modes can be played again: a player that exists keeps its data", async () => {
    await play("ActorMove", "ws", "again");
    expect(await play("ActorMove", "legacy", "again")).toContain("Login -> Mike, level 3");
  });

  test("an empty token is refused", async () => {
    await expect(login("ws", endpoint("ws"), "")).rejects.toMatchObject({ code: Code.UNAUTHENTICATED });
    await expect(login("legacy", endpoint("legacy"), "")).rejects.toThrow("16: the token is empty");
  });
});

test("a gate that does not trust its clients takes nobody's word for who they are", async () => {
  const plugins = [(await import("@m3game/gate-ws")).default];
  const members = cluster
    .filter(({ id }) => !id.includes("gate"))
    .map(({ app, id }) => ({
      ...{ app, id },
      config: `[[Options.Resource]]\nCfgPath = ${JSON.stringify(join(import.meta.dirname, "../actorapp"))}\n`,
    }));
  const gate = { app: gateApp, id: "example.world1.gate.1", plugins, config: "[[Plugin.Gate.gate_ws]]\n" };
  await using running = await startCluster([...members, gate]);
  const { endpoint = "" } = running.app(gate.id).endpoints.find(({ scheme }) => scheme === "ws") ?? {};
  const [june, mike] = [await login("ws", endpoint, "June"), await login("ws", endpoint, "Mike")];
  for (const player of [june, mike]) await modes.ActorMove?.(player, () => {});
  for (const key of ["actorid", "ActorID", "ACTORID"]) {
    const { actorDb } = await mike.service(ActorSer).login({ actorId: june.id }, { metas: { [key]: june.id } });
    expect(actorDb?.actorId).toBe(mike.id);
  }
  expect((await mike.service(MultiSer).hello({ req: "you" })).rsp).toBe("Hello , you");
  june.close();
  mike.close();
});
