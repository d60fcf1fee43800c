import { randomUUID } from "node:crypto";
import { EventEmitter, once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import actorApp from "@m3game/examples/actorapp/app";
import { login } from "@m3game/examples/client/login";
import gateApp from "@m3game/examples/gateapp/app";
import { ActorRegSer } from "@m3game/examples/gen/actor_pb.js";
import { MultiSer } from "@m3game/examples/gen/multi_pb.js";
import { gateWs } from "@m3game/gate-ws";
import { routerNats } from "@m3game/router-nats";
import { describeWithService } from "@m3game/testing";
import { transTcp } from "@m3game/trans-tcp";
import { type Cluster, Code, defineApp, M3Error, multi, p2p, startCluster } from "m3game";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runCommandLine } from "../src/command-line.ts";
import { examplesFolder } from "./support/examples.ts";
import { runM3 } from "./support/run-in-process.ts";
import { temporaryFolder } from "./support/temporary-folder.ts";

describeWithService("nats", "m3 on a running cluster", (nats) => {
  const world = `test.${randomUUID().slice(0, 8)}`;
  const [one, two, gate] = [`${world}.actor.1`, `${world}.actor.2`, `${world}.gate.1`] as const;
  const ways = `[[Plugin.Router.router_nats]]\nURL = "${nats}"\n[[Plugin.Trans.trans_tcp]]\nHost = "127.0.0.1"\nPort = 0\n`;
  const lease = "[[Plugin.Lease.lease_memory]]\n";
  const resources = `[[Options.Resource]]\nCfgPath = ${JSON.stringify(join(examplesFolder, "actorapp"))}\n`;
  const plugins = [routerNats, transTcp, gateWs];
  // However long the tests take, an actor goes only where they say.
  const stays = "[[Server.Actor]]\nRebalanceTime = 0\n";
  const actorMember = { app: actorApp, config: ways + lease + resources + stays, plugins };
  const cleanup = new AsyncDisposableStack();
  let cluster: Cluster;
  let conf: string;

  beforeAll(async () => {
    conf = join(await temporaryFolder((end) => cleanup.defer(end)), "any.toml");
    // What else is in it is not started: nothing listens there.
    await writeFile(conf, `${ways}[[Plugin.Lease.lease_etcd]]\nEndpoints = "127.0.0.1:1"\n`);
    cluster = cleanup.use(
      await startCluster([
        { ...actorMember, id: one },
        { ...actorMember, id: two },
        { app: gateApp, id: gate, config: `${ways}${lease}[[Plugin.Gate.gate_ws]]\n`, plugins },
      ]),
    );
    await cluster.app(gate).client(ActorRegSer).to(p2p(one)).register({ playerId: "17", name: "June" });
  });

  afterAll(() => cleanup.disposeAsync());

  async function m3(...args: readonly string[]) {
    return runM3([...args, "-conf", conf, "-world", world, "--timeout", "20000"]);
  }

  async function json(...args: readonly string[]) {
    const { code, stdout, stderr } = await m3(...args, "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return JSON.parse(stdout);
  }

  test("m3 apps lists them, as a table and as JSON", async () => {
    const table = await m3("apps");
    expect(table).toMatchObject({ code: 0, stderr: "" });
    expect(table.stdout).toMatch(/^APP +VERSION +UP +CALLS +ACTORS +PLAYERS +LEASE +MEMORY +ENDPOINTS$/m);
    for (const app of [one, two, gate])
      expect(table.stdout).toMatch(new RegExp(`^${app} .* tcp 127\\.0\\.0\\.1:\\d+`, "m"));
    const apps: readonly { app: string; pid: number }[] = await json("apps");
    expect(apps.map(({ app, pid }) => [app, pid])).toEqual([one, two, gate].map((app) => [app, process.pid]));
  });

  test("m3 actor finds, moves and kicks one, by its whole name or its id", async () => {
    expect(await json("actor", "list")).toEqual([
      { kind: "actor/Player", id: "17", app: one, state: "active", waitingCalls: 0 },
    ]);
    expect(await json("actor", "get", "17")).toMatchObject([
      { kind: "actor/Player", id: "17", owner: one, app: one, entities: [{ table: "actor" }] },
    ]);
    const moved = await m3("actor", "move", "actor/Player/17", two);
    expect(moved).toMatchObject({ code: 0, stdout: `actor/Player/17 moved from ${one} to ${two}\n` });
    const shown = await m3("actor", "get", "actor/Player/17");
    expect(shown.stdout).toContain(`active  at ${two}: active, fence `);
    expect(shown.stdout).toMatch(/entity {2}actor, version \d+.*: \{.*"name":"June"/);
    expect(await json("actor", "kick", "17")).toEqual({ kind: "actor/Player", id: "17", app: two });
    expect(await json("actor", "list")).toEqual([]);
    const again = await m3("actor", "kick", "17");
    expect(again).toMatchObject({ code: 2, stdout: "" });
    expect(again.stderr).toContain("no actor 17 is active");
    await cluster.app(gate).client(ActorRegSer).to(p2p(one)).register({ playerId: "17", name: "June" });
  });

  test("m3 sessions and m3 leases say where a player is and who owns what", async () => {
    const { endpoint = "" } = cluster.app(gate).endpoints.find(({ scheme }) => scheme === "ws") ?? {};
    const player = await login("ws", endpoint, "June");
    try {
      expect(await json("sessions", player.id)).toMatchObject([{ gate, playerId: player.id, state: "authenticated" }]);
      expect(await json("sessions", "nobody")).toEqual([]);
      const leases: readonly { id: string; app: string }[] = await json("leases");
      expect(leases).toContainEqual(expect.objectContaining({ id: `lease/player/${player.id}`, app: gate }));
      expect(await json("leases", "actor/")).toMatchObject([{ id: "actor/Player/17", app: one, session: "valid" }]);
    } finally {
      player.close();
    }
  });

  test("m3 route says who owns a key, and where its actor is", async () => {
    const [route] = await json("route", "actor", "17");
    expect(route).toMatchObject({
      ...{ service: `${world}.actor`, instances: 2 },
      actors: [{ kind: "actor/Player", owner: one, active: one }],
    });
    expect([one, two]).toContain(route.ring);
    expect((await m3("route", "nothing", "17")).stderr).toContain("no app of nothing is registered");
  });

  test.each([[[]], [["--json"]]])("m3 trace player prints calls as they come, until a signal: %j", async (flags) => {
    const signals = new EventEmitter();
    const [out, err] = [new PassThrough(), new PassThrough()];
    const exit = runCommandLine({
      argv: ["trace", "player", "17", "--interval", "0.05", "-conf", conf, "-world", world, ...flags],
      ...{ stdout: out, stderr: err, env: {}, signals, isTerminal: false },
    });
    const [follows] = await once(err, "data");
    expect(String(follows)).toMatch(/^m3: follows 17 at \d+ apps until Ctrl-C\n$/);
    const call = cluster.app(gate).client(ActorRegSer).to(p2p(one));
    const [shown] = await Promise.all([once(out, "data"), call.register({ playerId: "17", name: "June" })]);
    const [line = ""] = String(shown).split("\n");
    const [method, number] = ["proto.ActorRegSer/Register", "[\\d.]+"];
    if (flags.length > 0) expect(JSON.parse(line)).toMatchObject({ app: one, method: `/${method}`, caller: gate });
    else expect(line).toMatch(new RegExp(`^[\\d:.]{12}  ${one}  ${method}  \\w+  ${number} ms  from ${gate}$`));
    signals.emit("SIGINT");
    expect(await exit).toBe(0);
  });

  test("m3 canary shows and changes who gets which version", async () => {
    expect(await json("canary", "status", "actor")).toEqual([
      { service: `${world}.actor`, version: "none", instances: 2, gets: "everything" },
    ]);
    const next = `${world}.actor.3`;
    await cluster.start({ ...actorMember, app: { ...actorApp, version: "2.0.0" }, id: next });
    const gets = async (...args: readonly string[]) => {
      const rows: readonly { version: string; gets: string }[] = await json("canary", ...args);
      return Object.fromEntries(rows.map((row) => [row.version, row.gets]));
    };
    expect(await gets("status", "actor")).toEqual({ none: "like the others", "2.0.0": "like the others" });
    expect(await gets("set", "actor", "2.0.0", "0%", "17")).toEqual({ none: "the rest", "2.0.0": "0% and 17" });
    await expect.poll(async () => (await json("route", "actor", "17"))[0].ring, { timeout: 20_000 }).toBe(next);
    await expect.poll(async () => (await json("route", "actor", "18"))[0].ring, { timeout: 20_000 }).not.toBe(next);
    expect(await gets("set", "actor", "2.0.0", "0%", "--header", "june")).toMatchObject({
      "2.0.0": "0% and canary: june",
    });
    await expect
      .poll(async () => (await json("route", "actor", "18", "--header", "june"))[0].ring, { timeout: 20_000 })
      .toBe(next);
    await expect
      .poll(async () => (await json("route", "actor", "17", "--header", "mike"))[0].ring, { timeout: 20_000 })
      .not.toBe(next);
    expect(await gets("promote", "actor")).toEqual({ none: "the rest", "2.0.0": "100%" });
    await expect.poll(async () => (await json("route", "actor", "18"))[0].ring, { timeout: 20_000 }).toBe(next);
    expect(await gets("abort", "actor")).toEqual({ none: "the rest", "2.0.0": "0%" });
    await expect.poll(async () => (await json("route", "actor", "17"))[0].ring, { timeout: 20_000 }).not.toBe(next);
    expect(await gets("set", "actor", "2.0.0", "5%")).toEqual({ none: "the rest", "2.0.0": "5%" });
    await cluster.app(next).stop();
    const nobody = { none: "everything", "2.0.0": "nothing: none is there for its 5%" };
    await expect.poll(() => gets("status", "actor"), { timeout: 20_000 }).toEqual(nobody);
    expect((await m3("canary", "promote", "actor")).stderr).toContain("no instance of");
    const aborted = { none: "everything", "2.0.0": "nothing: aborted" };
    expect(await gets("abort", "actor")).toEqual(aborted);
    expect(await gets("end", "actor")).toEqual({ none: "everything" });
    expect((await m3("canary", "end", "actor")).stderr).toContain("there is no rule for");
    // A version whose instances are all gone, before a rollback.
    expect(await gets("abort", "actor", "3.0.0")).toEqual({ none: "everything", "3.0.0": "nothing: aborted" });
    await json("canary", "end", "actor");
  });

  test("m3 canary watch aborts a version that fails", async () => {
    const version = (number: string, hello: () => object) => ({
      app: defineApp({
        func: "multi",
        version: number,
        servers: [multi(MultiSer, { hello, traceHello: () => ({}), breakHello: () => ({}) })],
      }),
      ...{ config: ways, plugins },
    });
    const broken = () => {
      throw new M3Error(Code.INTERNAL, "broken");
    };
    await cluster.start({ ...version("1.0.0", () => ({})), id: `${world}.multi.1` });
    await cluster.start({ ...version("2.0.0", broken), id: `${world}.multi.2` });
    await json("canary", "set", "multi", "2.0.0", "50%");
    let isOver = false;
    const calls = async () => {
      const client = cluster.app(gate).client(MultiSer);
      while (!isOver) await Promise.allSettled(Array.from({ length: 10 }, () => client.hello({ req: "June" })));
    };
    const calling = calls();
    const { code, stdout, stderr } = await m3("canary", "watch", "multi", "10%", "--interval", "0.1");
    isOver = true;
    await calling;
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^2\.0\.0: \d+ of \d+ calls failed \(100\.0%\), \d+ ms each; others: 0 of \d+ calls failed \(0\.0%\), \d+ ms each$/m,
    );
    expect(stderr).toContain(`${world}.multi 2.0.0 is bad and was aborted`);
    const status = [
      { version: "1.0.0", gets: "the rest" },
      { version: "2.0.0", gets: "0%" },
    ];
    expect(await json("canary", "status", "multi")).toMatchObject(status);
    // Another version may be let go back beside it.
    expect(await json("canary", "abort", "multi", "9.0.0")).toMatchObject(status);
    const aborted = async () => {
      const instances = await cluster.app(gate).instances(`${world}.multi`);
      return instances.map(({ meta }) => JSON.parse(meta.m3canary ?? "{}").aborted);
    };
    const both = ["2.0.0", "9.0.0"];
    await expect.poll(aborted, { timeout: 20_000 }).toEqual([both, both]);
    await json("canary", "set", "multi", "2.0.0", "10%");
    await expect.poll(aborted, { timeout: 20_000 }).toEqual([["9.0.0"], ["9.0.0"]]);
  });

  test.each([
    [["canary"], "what to do? Say status, set, promote, abort, end, watch"],
    [["canary", "watch", "gate"], "there is no rule for"],
    [["canary", "set", "actor"], "which version?"],
    [["canary", "set", "actor", "none", "much"], "which share? much is none"],
    [["canary", "set", "actor", "9.9.9", "5%"], "there are none"],
    [["canary", "set", "nothing", "1.0.0", "5%"], "no app of nothing is registered"],
    [["canary", "abort", "gate"], "there is no rule for"],
    [["canary", "set", "actor", "none", "5%", "--header", "two words"], "no call can have the header"],
    [["canary", "promote", "actor", "--header", "june"], "--header goes with m3 canary set"],
    [["actor"], "what to do? Say list, get, kick, move"],
    [["actor", "get"], "which actor?"],
    [["actor", "move", "17"], "move it where?"],
    [["trace", "17"], "what to follow? Say player"],
    [["trace", "player"], "which player?"],
    [["route", "actor"], "name the service and the key"],
    [["apps", "--limit", "none"], "--limit none"],
  ])("wrong usage: %j", async (args, problem) => {
    const { code, stderr } = await m3(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(problem);
  });
});

test("without a config it says which one is wanted", async () => {
  const { code, stderr } = await runM3(["apps"]);
  expect(code).toBe(2);
  expect(stderr).toContain("Name the config of one of its apps with -conf");
});
