import { expect, onTestFinished, test } from "vitest";
import { WordSchema } from "../../test/support/game-service.ts";
import { type GateWorld, gateIds, startGateWorld } from "../../test/support/gate-world.ts";
import { type TestClient, wordOf } from "../../test/support/test-gate.ts";
import { systemClock } from "../meta/clock.ts";
import { players } from "./players.ts";
import type { AuthResult, SessionHandler } from "./sessions.ts";

/** A client that comes back with the token that another one had. */
async function comeBack(world: GateWorld, before: TestClient, { gate = 0, ack = 0, player = "june" } = {}) {
  const token = before.received.items.findLast(({ resumeToken }) => resumeToken.length > 0)?.resumeToken;
  const client = world.connect(gate);
  return { client, answer: await client.login(player, token, ack) };
}

/** The machine's clock, until it is stopped, as if so much time had passed, for the rest of the test. */
function stoppableClock() {
  let stoppedAt: number | undefined;
  const now = () => stoppedAt ?? systemClock.now();
  const stop = (passedMs: number) => {
    stoppedAt = now() + passedMs;
    onTestFinished(() => {
      stoppedAt = undefined;
    });
  };
  return { ...systemClock, now, stop };
}

function push(world: GateWorld, text: string, player = "june", from = "test.w1.game.1"): Promise<void> {
  return players(world.cluster.app(from)).push(player, WordSchema, { text });
}

test("a login that fails is answered, and the connection ends", async () => {
  const world = await startGateWorld();
  const client = world.connect();
  const { details, message } = await client.login("nobody");
  expect(details?.reason).toBe("HANDLER_FAILED");
  expect(message).not.toContain("secret");
  await client.closed;
});

test("a client that does not log in in time is sent away", async () => {
  const world = await startGateWorld({ config: "AuthTimeOut = 0.05" });
  const client = world.connect();
  expect(await client.goodbye()).toEqual({ reason: "DEADLINE", resumable: false });
  await client.closed;
});

test("a client that says nothing is sent away, and can come back", async () => {
  const world = await startGateWorld({ config: "IdleTimeOut = 0.05" });
  const client = await world.player("june");
  expect(await client.goodbye()).toEqual({ reason: "SESSION_IDLE", resumable: true });
  const { answer } = await comeBack(world, client);
  expect(answer.welcome?.resumed).toBe(true);
});

test("a ping is answered", async () => {
  const world = await startGateWorld();
  const client = await world.player("june");
  client.write({ ping: 7 });
  await client.received.until((last) => last.pong === 7);
});

test("a client that pings all the time is sent away, and can come back", async () => {
  const world = await startGateWorld();
  const client = await world.player("june");
  for (let ping = 1; ping <= 5000 && !client.isClosed; ping++) client.write({ ping });
  expect(client.isClosed).toBe(true);
  expect(await client.goodbye()).toEqual({ reason: "RATE_LIMITED", resumable: true });
  expect(client.received.items.filter(({ pong }) => pong !== 0).length).toBeGreaterThan(100);
  const { answer } = await comeBack(world, client);
  expect(answer.welcome?.resumed).toBe(true);
});

test("more clients than allowed are refused, saying so", async () => {
  const world = await startGateWorld({ config: "MaxConnections = 1" });
  const client = await world.player("june");
  expect(() => world.connect()).toThrow("1 clients are connected already");
  client.break();
  await world.player("mike");
});

test("what is no message ends the connection", async () => {
  const world = await startGateWorld();
  for (const bytes of [new Uint8Array([255]), new Uint8Array([10, 200, 1, 1])]) {
    const client = await world.player("june");
    client.writeBytes(bytes);
    expect(await client.goodbye()).toEqual({ reason: "PROTOCOL", resumable: false });
  }
});

test("a client of the original is answered as it expects, and an error ends its stream", async () => {
  const world = await startGateWorld();
  const client = world.connect();
  const answer = await client.legacyLogin("june");
  expect(answer).toMatchObject({ metas: [{ key: "m3clientserial", value: "1" }], sequence: 0 });
  expect(answer.welcome).toBeUndefined();
  await push(world, "news");
  const pushed = await client.received.until((last) => last.method === "" && wordOf(last) === "news");
  expect(pushed).toMatchObject({ metas: [], pushType: "", pushNumber: 0 });
  client.write({ method: "/m3test.GameSer/Hidden" });
  expect(await client.closed).toMatchObject({ code: 7 });
  expect(client.received.last).toBe(pushed);
});

test.each([0, 1])("a newer login at gate %i ends the older session", async (gate) => {
  const world = await startGateWorld({ gates: 2 });
  const older = await world.player("june", 0);
  const newer = await world.player("june", gate);
  expect(await older.goodbye()).toEqual({ reason: "SESSION_REPLACED", resumable: false });
  expect(world.ends).toEqual(["june replaced"]);
  // Its late end harms nobody.
  older.break();
  expect(await newer.ask("Say", "hi")).toBe("hi!");
  await push(world, "news");
  expect(await newer.untilPushes(1)).toEqual([[1, "news"]]);
});

test("a login whose client has gone meanwhile does not end a newer one that is under way", async () => {
  const logins: ((result: AuthResult) => void)[] = [];
  const onAuth = () => new Promise<AuthResult>((resolve) => logins.push(resolve));
  const world = await startGateWorld({ handler: { onAuth } });
  const gone = world.connect();
  void gone.login("june");
  gone.break();
  const newer = world.connect();
  const answer = newer.login("june");
  await expect.poll(() => logins.length).toBe(2);
  for (const login of logins.reverse()) login({ id: "june", response: new Uint8Array(0) });
  expect((await answer).welcome?.resumed).toBe(false);
  expect(await newer.ask("Say", "hi")).toBe("hi!");
});

test.each([0, 1])(
  "a login at gate %i ends an older one that the game takes longer over, not the other way round",
  async (gate) => {
    const slow = Promise.withResolvers<AuthResult>();
    const response = new Uint8Array(0);
    const handler: Partial<SessionHandler> = {
      onAuth: (token) => (new TextDecoder().decode(token) === "slow" ? slow.promise : { id: "june", response }),
    };
    const clock = stoppableClock();
    const config = "[[Plugin.Lease.lease_memory]]\nLeaseKeepLiveTime = 300";
    const world = await startGateWorld({ gates: 2, handler, clock, config });
    const older = world.connect(0);
    const refused = older.login("slow");
    clock.stop(5000);
    const newer = await world.player("june", gate);
    slow.resolve({ id: "june", response });
    expect((await refused).details?.reason).toBe("SESSION_REPLACED");
    expect(world.ends).toEqual([]);
    expect(await newer.ask("Say", "hi")).toBe("hi!");
    await world.player("june", 0);
    expect(await newer.goodbye()).toEqual({ reason: "SESSION_REPLACED", resumable: false });
  },
);

test("a login does not end a newer one that is under way", async () => {
  const logins: ((result: AuthResult) => void)[] = [];
  const onAuth = () => new Promise<AuthResult>((resolve) => logins.push(resolve));
  const world = await startGateWorld({ handler: { onAuth } });
  const [older, newer] = [world.connect(), world.connect()];
  const answers = [older.login("june"), newer.login("june")] as const;
  await expect.poll(() => logins.length).toBe(2);
  for (const login of logins.reverse()) login({ id: "june", response: new Uint8Array(0) });
  expect((await answers[0]).details?.reason).toBe("SESSION_REPLACED");
  expect((await answers[1]).welcome?.resumed).toBe(false);
});

test("of many logins at once at two gates exactly one session stays", async () => {
  const world = await startGateWorld({ gates: 2 });
  const clients = Array.from({ length: 1000 }, (_, index) => world.connect(index % 2));
  for (const client of clients) client.write({ content: new TextEncoder().encode("june"), hello: { version: 1 } });
  const isOpen = ({ isClosed }: TestClient) => !isClosed;
  await expect.poll(() => clients.filter(isOpen).length).toBe(1);
  const [stays] = clients.filter(isOpen);
  await stays?.received.until((last) => last.welcome !== undefined);
  await push(world, "news");
  expect(await stays?.untilPushes(1)).toEqual([[1, "news"]]);
});

test.each([0, 1])(
  "a client that comes back to gate %i goes on, with the pushes that it does not have",
  async (gate) => {
    const world = await startGateWorld({ gates: 2 });
    const before = await world.player("june");
    await push(world, "one");
    await push(world, "two");
    await before.untilPushes(2);
    before.break();
    await push(world, "three");
    const { client, answer } = await comeBack(world, before, { gate, ack: 1 });
    expect(answer.welcome).toMatchObject({ resumed: true, pushesLost: false });
    expect(await client.untilPushes(2)).toEqual([
      [2, "two"],
      [3, "three"],
    ]);
    await push(world, "four");
    expect(await client.untilPushes(3)).toContainEqual([4, "four"]);
    expect(world.ends).toEqual([]);
  },
);

test.each([0, 1])(
  "the answer that a client missed comes when it asks gate %i again, and nothing runs twice",
  async (gate) => {
    const world = await startGateWorld({ gates: 2 });
    const before = await world.player("june");
    before.call("Say", "done");
    before.call("Wait", "running");
    before.call("Say", "waiting");
    const running = await world.called("running");
    before.break();
    const { client } = await comeBack(world, before, { gate });
    for (const [index, [name, text]] of [
      ["Say", "done"],
      ["Wait", "running"],
      ["Say", "waiting"],
    ].entries()) {
      client.call(name ?? "", text ?? "", { sequence: index + 1, repeat: true });
    }
    expect(wordOf(await client.answer(1))).toBe("done!");
    running.answer();
    expect(wordOf(await client.answer(2))).toBe("running!");
    expect(wordOf(await client.answer(3))).toBe("waiting!");
    expect(world.calls.map(({ text }) => text)).toEqual(["done", "running", "waiting"]);
  },
);

test("a call that waited at the gate before runs once at the next one, also when its answer is asked for again", async () => {
  const ran: string[] = [];
  const onCall: SessionHandler["onCall"] = (call) => {
    ran.push(call.meta.localName);
    return call.meta.localName === "wait" ? call.forward() : call.content;
  };
  const world = await startGateWorld({ gates: 2, handler: { onCall } });
  const before = await world.player("june");
  before.call("Wait", "running");
  before.call("Say", "waiting");
  const running = await world.called("running");
  before.break();
  const { client } = await comeBack(world, before, { gate: 1 });
  running.answer();
  expect(await client.ask("Say", "waiting", { sequence: 2, repeat: true })).toBe("waiting");
  // It has that answer, and there is nothing to answer with any more.
  client.call("Say", "waiting", { sequence: 2, repeat: true, answered: 2 });
  await client.received.until(({ code }) => code !== 0);
  expect(client.received.last.details?.reason).toBe("UNKNOWN_OUTCOME");
  expect(ran).toEqual(["wait", "say"]);
});

test("a session outlives its gate: what ran does not run again, and what nobody knows is not guessed", async () => {
  const world = await startGateWorld({ gates: 2 });
  const before = await world.player("june");
  before.call("Wait", "running");
  const running = await world.called("running");
  before.break();
  await world.cluster.app(gateIds[0]).stop();
  const { client, answer } = await comeBack(world, before, { gate: 1, ack: 5 });
  expect(answer.welcome).toMatchObject({ resumed: true, pushesLost: true });
  client.call("Wait", "running", { sequence: 1, repeat: true });
  running.answer();
  expect(wordOf(await client.answer(1))).toBe("running!");
  expect(await client.ask("Say", "lost", { sequence: 2, repeat: true })).toBe("UNKNOWN_OUTCOME");
  expect(await client.ask("Twice", "again", { sequence: 3, repeat: true })).toBe("again!");
  expect(await client.ask("Say", "new", { sequence: 4 })).toBe("new!");
  expect(world.calls.map(({ text }) => text)).toEqual(["running", "again", "new"]);
  await push(world, "six");
  expect(await client.untilPushes(1)).toEqual([[6, "six"]]);
});

test("a client that stays away for too long has to log in", async () => {
  const world = await startGateWorld({ config: "ResumeWindow = 0.05\nIdleTimeOut = 0.05" });
  const before = await world.player("june");
  before.break();
  await expect.poll(() => world.ends).toEqual(["june idle"]);
  const { answer } = await comeBack(world, before);
  expect(answer.welcome?.resumed).toBe(false);
});

test("a client with an old session does not end a newer one", async () => {
  const world = await startGateWorld({ gates: 2 });
  const old = await world.player("june", 0);
  old.break();
  const newer = await world.player("june", 1);
  for (const gate of [0, 1]) {
    const { answer } = await comeBack(world, old, { gate });
    expect(answer.details?.reason).toBe("SESSION_REPLACED");
  }
  expect(await newer.ask("Say", "hi")).toBe("hi!");
});

test.each([0, 1])("a kicked player is told why, and can't go on at gate %i", async (gate) => {
  const world = await startGateWorld({ gates: 2 });
  const client = await world.player("june");
  await players(world.cluster.app("test.w1.game.1")).kick("june", "maintenance");
  expect(await client.goodbye()).toEqual({ reason: "SESSION_KICKED", resumable: false });
  expect(client.received.last.message).toBe("maintenance");
  const { answer } = await comeBack(world, client, { gate });
  expect(answer.details?.reason).toMatch("SESSION_KICKED");
  await world.player("june", gate);
});

test("a client that says goodbye is gone", async () => {
  const world = await startGateWorld();
  const client = await world.player("june");
  client.write({ goodbye: {} });
  await client.closed;
  expect(world.ends).toEqual(["june closed"]);
  await expect(push(world, "news")).rejects.toMatchObject({ reason: "PLAYER_OFFLINE" });
});

test("a gate that stops sends its players to another one, with all they have", async () => {
  const clock = stoppableClock();
  const world = await startGateWorld({ gates: 2, clock });
  const before = await world.player("june", 0);
  await push(world, "one");
  // However long the client takes, the gate waits for it.
  clock.stop(0);
  const stopping = world.cluster.app(gateIds[0]).stop();
  expect(await before.goodbye()).toEqual({ reason: "DRAINING", resumable: true });
  const { client, answer } = await comeBack(world, before, { gate: 1 });
  expect(answer.welcome).toMatchObject({ resumed: true, pushesLost: false });
  expect(await client.untilPushes(1)).toEqual([[1, "one"]]);
  await stopping;
});
