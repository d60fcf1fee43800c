import { connect } from "@m3game/client";
import { gateWs } from "@m3game/gate-ws";
import { startCluster } from "m3game";
import { expect, onTestFinished, test } from "vitest";
import gateApp from "../gate/app.ts";
import { PlayerSer } from "../gen/player_pb.js";
import playerApp from "../player/app.ts";

/** The game in this process, without any server or file, its gate on a free port. */
async function startGame() {
  const gate = { app: gateApp, id: "test.world1.gate.1", plugins: [gateWs], config: "[[Plugin.Gate.gate_ws]]" };
  const cluster = await startCluster([{ app: playerApp, id: "test.world1.player.1" }, gate]);
  onTestFinished(() => cluster[Symbol.asyncDispose]());
  const { endpoint = "" } = cluster.app(gate.id).endpoints.find(({ scheme }) => scheme === "ws") ?? {};
  const login = (name: string) => connect(`ws://${endpoint}/`, { token: name });
  return { login };
}

test("a player digs, and has the gold still when it comes back", async () => {
  const { login } = await startGame();
  const june = await login("june");
  for (let time = 0; time < 3; time++) await june.service(PlayerSer).dig({});
  june.close();

  const again = await login("june");
  expect((await again.service(PlayerSer).enter({})).player).toMatchObject({ playerId: "june", gold: 3 });
  again.close();
});

test("each player has gold of its own", async () => {
  const { login } = await startGame();
  const [june, mike] = [await login("june"), await login("mike")];
  await june.service(PlayerSer).dig({});
  expect((await mike.service(PlayerSer).enter({})).player?.gold).toBe(0);
  june.close();
  mike.close();
});

test("a name that can't be one is refused", async () => {
  const { login } = await startGame();
  await expect(login("june & mike")).rejects.toThrow("a name has 1 to 20 letters");
});
