import { expect, onTestFinished, test } from "vitest";
import { AdminSer } from "../../gen/m3/admin_pb.js";
import { backApp, startTestCluster } from "../../test/support/cluster.ts";
import { GameSer } from "../../test/support/game-service.ts";
import { GateWorld } from "../../test/support/gate-world.ts";
import { BackSer } from "../../test/support/services.ts";
import { defineClient } from "../rpc/define-client.ts";
import { hash, p2p, random } from "../rpc/route.ts";
import type { Context } from "../server/context.ts";
import { multi } from "../server/multi.ts";
import { defineApp } from "./define-app.ts";

const gate = "test.w1.gate.1";
const games = ["test.w1.game.1", "test.w1.game.2"] as const;
const backs = ["test.w1.back.1", "test.w1.back.2"] as const;
const keys = Array.from({ length: 20 }, (_, index) => `key-${index}`);

/** An app of a version that answers with it and, for a text that is not empty, with what `back` says of that key. */
function gameApp(version: string) {
  const say = async ({ text }: { readonly text: string }, ctx: Context) => {
    const back = ctx.client(BackSer).to(text === "anybody" ? random() : hash(text));
    return { text: `${version} ${(await back.say({})).text}` };
  };
  const handlers = { say, wait: say, loose: say, twice: say, hidden: say, traced: say };
  return defineApp({ func: "game", version, servers: [multi(GameSer, handlers)] });
}

/** A gate, behind it two versions of `game`, and two of `back` which `game` calls. */
async function startVersions(gateConfig = "") {
  const world = new GateWorld(1);
  const cluster = await startTestCluster([
    ...["1", "2"].flatMap((version, index) => [
      { app: gameApp(version), id: games[index] ?? "" },
      { app: backApp({ say: () => ({ text: version }) }, { version }), id: backs[index] ?? "" },
    ]),
    { app: world.gateApp(0, {}), id: gate, config: `[[Plugin.Gate.gate_test]]\n[[Server.Gate]]\n${gateConfig}\n` },
  ]);
  const client = await world.player("june");
  onTestFinished(() => client.break());
  const admin = (func: string, app: string) => cluster.app(gate).client(defineClient(AdminSer, { func })).to(p2p(app));
  return { cluster, client, admin };
}

/** Sends the calls with this header of both functions to version 2, and nothing else. Resolves once all callers know it. */
async function ruleOn({ cluster, admin }: Awaited<ReturnType<typeof startVersions>>, header: string, share = 0) {
  const rule = { version: "2", share, header, revision: 1n };
  await admin("game", games[0]).setCanary(rule);
  await admin("back", backs[0]).setCanary(rule);
  const heard = async (app: string, service: string) =>
    (await cluster.app(app).instances(service)).every(({ meta }) => meta.m3canary !== undefined);
  const hear = () =>
    Promise.all([gate, ...games].flatMap((app) => [heard(app, "test.w1.game"), heard(app, "test.w1.back")]));
  // By each app within a second.
  await expect.poll(async () => (await hear()).every(Boolean), { timeout: 20_000, interval: 10 }).toBe(true);
}

test("a tester's header leads a client's call to a version, and all calls made for it", async () => {
  const world = await startVersions(`ForwardMetas = ["canary"]`);
  await ruleOn(world, "june");
  const ask = (text: string, metas: readonly { key: string; value: string }[]) =>
    world.client.ask("Loose", text, { metas: [...metas] });
  for (const text of [...keys, "anybody"]) {
    expect(await ask(text, [{ key: "Canary", value: "june" }])).toBe("2 2");
    expect(await ask(text, [{ key: "canary", value: "mike" }])).toBe("1 1");
    expect(await ask(text, [])).toBe("1 1");
  }
});

test("a gate that is not told so forwards no header", async () => {
  const world = await startVersions();
  await ruleOn(world, "june");
  expect(await world.client.ask("Say", "17", { metas: [{ key: "canary", value: "june" }] })).toBe("1 1");
});

test("an app sets the header for its own calls, and a handler another one for those that it makes", async () => {
  const world = await startVersions();
  await ruleOn(world, "june");
  const game = world.cluster.app(gate).client(GameSer);
  const metadata = { canary: "june" };
  expect((await game.to(random()).hidden({ text: "17" }, { metadata })).text).toBe("2 2");
  expect((await game.to(p2p(games[0])).hidden({ text: "17" }, { metadata })).text).toBe("1 2");
  // What no rule can name is no header, and takes no room in the calls that follow.
  const long = { canary: "june".repeat(20) };
  expect((await game.to(p2p(games[1])).hidden({ text: "17" }, { metadata: long })).text).toBe("2 1");
});

test("without the header the share of the same rule decides, the same for each key", async () => {
  const world = await startVersions();
  await ruleOn(world, "june", 0.5);
  const back = world.cluster.app(gate).client(BackSer);
  const versions = async (metadata: Record<string, string>) =>
    Promise.all(keys.map(async (key) => (await back.to(hash(key)).say({}, { metadata })).text));
  const first = await versions({});
  expect(new Set(first)).toEqual(new Set(["1", "2"]));
  expect(await versions({})).toEqual(first);
  expect(new Set(await versions({ canary: "june" }))).toEqual(new Set(["2"]));
});

test("a followed player's calls are followed through handlers that know nothing of the player", async () => {
  const { cluster, client, admin } = await startVersions();
  const trace = { id: "june", trace: "t", operator: "mike" };
  const follow = async (func: string, apps: readonly string[]) => {
    const answers = await Promise.all(apps.map((app) => admin(func, app).traceCalls(trace)));
    return answers.flatMap(({ calls }) => calls.map(({ method }) => method));
  };
  const followAll = async () => [await follow("game", games), await follow("back", backs)];
  expect(await followAll()).toEqual([[], []]);
  await client.ask("Say", "17");
  const other = cluster.app(gate).client(GameSer);
  await other.hidden({ text: "18" });
  expect(await followAll()).toEqual([["/m3test.GameSer/Say"], ["/m3test.BackSer/Say"]]);
});
