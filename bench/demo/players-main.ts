// The process of the clients and their gate; ends with its parent.
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { connect } from "@m3game/client";
import { forwardCall } from "@m3game/demo/gateapp/forward-call";
import { FightSer } from "@m3game/demo/gen/fight_pb.js";
import { AuthReqSchema, AuthRspSchema } from "@m3game/demo/gen/gate_pb.js";
import { transTcp } from "@m3game/trans-tcp";
import { defineApp, type Instance, sessions, startApp } from "m3game";
import { gateId, membersEach, meshConfig } from "./apps.ts";
import { MemoryGate } from "./memory-gate.ts";
import { Player } from "./player.ts";
import { ToldRegistry } from "./told-registry.ts";

export type PlayersRequest =
  | { readonly kind: "listen"; readonly fight: Instance }
  | { readonly kind: "play"; readonly fights: number }
  | { readonly kind: "pushed" };

export type PlayersReply =
  | { readonly kind: "listening"; readonly gate: Instance }
  | { readonly kind: "playing" }
  | { readonly kind: "pushed"; readonly count: number; readonly atMs: number };

/** Each player acts once in so many steps. */
const steps = 10;
const stepMs = 25;
const players: Player[] = [];
const memory = new MemoryGate();

function reply(message: PlayersReply): void {
  process.send?.(message);
}

/** Starts the gate and resolves with its entry in the registry. */
async function listen(fight: Instance): Promise<Instance> {
  const registry = new ToldRegistry();
  registry.tell(fight);
  const gate = sessions({
    services: [FightSer],
    onCall: forwardCall,
    onAuth(content) {
      const { token } = fromBinary(AuthReqSchema, content);
      return { id: token, response: toBinary(AuthRspSchema, create(AuthRspSchema, { roleId: BigInt(token) })) };
    },
  });
  const app = defineApp({
    func: "gate",
    servers: [],
    gate,
    plugins: [transTcp, memory.plugin, registry.plugin],
  });
  await startApp(app, { id: gateId, config: `${meshConfig}\n[[Plugin.Gate.gate_memory]]\n` });
  return registry.get(gateId);
}

/** Logs all players in and has them fight. */
async function play(fights: number): Promise<void> {
  for (let index = 0; index < fights * membersEach; index++) {
    const roleId = BigInt(index + 1);
    const client = await connect("memory://gate", { token: String(roleId), transport: memory.transport });
    const player = new Player(client, roleId, `f${Math.floor(index / membersEach)}`);
    await player.enter();
    players.push(player);
  }
  let step = 0;
  setInterval(() => {
    step = (step + 1) % steps;
    // What is refused or late is what a client of a busy fight has to live with.
    for (let index = step; index < players.length; index += steps) players[index]?.act().catch(() => {});
  }, stepMs);
}

process.on("disconnect", () => process.exit());
process.on("message", async (request: PlayersRequest) => {
  if (request.kind === "listen") {
    reply({ kind: "listening", gate: await listen(request.fight) });
  } else if (request.kind === "play") {
    await play(request.fights);
    reply({ kind: "playing" });
  } else {
    const count = players.reduce((sum, { pushes }) => sum + pushes, 0);
    reply({ kind: "pushed", count, atMs: performance.now() });
  }
});
