import { SendToCli_ReqSchema } from "@m3game/examples/gen/gate_pb.js";
import { Hello_ReqSchema, MultiSer } from "@m3game/examples/gen/multi_pb.js";
import { players } from "m3game";
import { expect, test } from "vitest";
import { type ClientState, connect, GateError, type Transport, webSocketTransport } from "../src/index.ts";
import { type Game, startGame } from "./support/game.ts";

const patience = { timeout: 30_000 };

/** Pushes a text to june, and resolves when her gate has it. */
function push({ app }: Game, content: string): Promise<void> {
  return players(app).push("june", SendToCli_ReqSchema, { content });
}

function states(client: { onState(handler: (state: ClientState) => void): unknown }): string[] {
  const seen: string[] = [];
  client.onState(({ state }) => seen.push(state));
  return seen;
}

test("a client logs in and calls a service, typed by its descriptor", async () => {
  const game = await startGame();
  const client = await game.connect();
  expect(client.state).toEqual({ state: "online", resumed: false, pushesLost: false });
  // The gate of the test answers with the login itself.
  expect(client.authResponse(Hello_ReqSchema).req).toBe("june");
  const service = client.service(MultiSer);
  const { rsp }: { rsp: string } = await service.hello({ req: "you" });
  expect(rsp).toBe("Hello , you");
  const many = await Promise.all(Array.from({ length: 90 }, (_, index) => service.hello({ req: `${index}` })));
  expect(many.map((each) => each.rsp)).toEqual(many.map((_each, index) => `Hello , ${index}`));
});

test("a call that fails rejects with code, reason and message", async () => {
  const client = await (await startGame()).connect();
  const error = await client
    .service(MultiSer)
    .breakHello({ req: "it" })
    .catch((caught) => caught);
  expect(error).toBeInstanceOf(GateError);
  expect(error).toMatchObject({ code: 9, reason: "BROKEN", message: "broken it", retryAfterMs: 7, notExecuted: false });
});

test("a login that is refused rejects, and nothing is tried again", async () => {
  const game = await startGame();
  await expect(game.connect({ token: "nobody" })).rejects.toMatchObject({ code: 16, message: "who is that?" });
});

test("a gate that can't be reached rejects in time", async () => {
  const error = await connect("ws://127.0.0.1:1/", { token: "june", timeoutMs: 200 }).catch((caught) => caught);
  expect(error).toMatchObject({ code: 14 });
});

test("a transport that throws is asked again", async () => {
  let attempts = 0;
  const transport: Transport = (url, events) => {
    if (++attempts === 1) throw new Error("not from here");
    return webSocketTransport(url, events);
  };
  const client = await (await startGame()).connect({ transport });
  expect([attempts, client.state.state]).toEqual([2, "online"]);
});

test("a handler of the state that throws does not keep the client from connecting again", async () => {
  const game = await startGame();
  const thrown: unknown[] = [];
  const client = await game.connect({ onHandlerError: (error) => thrown.push(error) });
  client.onState(({ state }) => {
    throw new Error(state);
  });
  game.proxy.breakAll();
  await expect.poll(() => thrown.length, patience).toBe(3);
  expect(thrown.map(String)).toEqual(["Error: offline", "Error: connecting", "Error: online"]);
  expect(client.state).toMatchObject({ state: "online", resumed: true });
});

const noAddresses = ["", "127.0.0.1:20035", "localhost:20035", "http://localhost", "ws://localhost:20035./"];

test.each(noAddresses)("%j is no address of a gate", async (url) => {
  await expect(connect(url, { token: "June" })).rejects.toThrow("is no address of a gate: write ws://host:port/");
});

test("pushes come to the handlers of their type, in order, until these are taken back", async () => {
  const game = await startGame();
  const thrown: unknown[] = [];
  const client = await game.connect({ onHandlerError: (error) => thrown.push(error) });
  const seen: string[] = [];
  client.on(SendToCli_ReqSchema, () => {
    throw new Error("a bug");
  });
  const stop = client.on(SendToCli_ReqSchema, ({ content }) => seen.push(content));
  for (const text of ["one", "two", "three"]) await push(game, text);
  await expect.poll(() => seen, patience).toEqual(["one", "two", "three"]);
  stop();
  await push(game, "four");
  await expect.poll(() => thrown.length, patience).toBe(4);
  expect(seen).toHaveLength(3);
});

test("pushes are acknowledged, so that the gate need not keep them", async () => {
  const game = await startGame({ config: "MaxKeptBytes = 1024" });
  const client = await game.connect();
  const seen: string[] = [];
  client.on(SendToCli_ReqSchema, ({ content }) => seen.push(content));
  for (let count = 1; count <= 30; count++) {
    await push(game, "x".repeat(200));
    await expect.poll(() => seen.length, patience).toBe(count);
    // Every message acknowledges.
    await client.service(MultiSer).hello({ req: "you" });
  }
  expect(client.state.state).toBe("online");
});

test.each([0, 1])(
  "a broken connection is restored at gate %i: pushes and calls go on where they were",
  async (gate) => {
    const game = await startGame({ gates: 2 });
    const client = await game.connect();
    const [seen, changes] = [[] as string[], states(client)];
    client.on(SendToCli_ReqSchema, ({ content }) => seen.push(content));
    await push(game, "one");
    await expect.poll(() => seen, patience).toEqual(["one"]);
    const service = client.service(MultiSer);
    const running = service.traceHello({ req: "running" });
    const waiting = service.hello({ req: "waiting" });
    await expect.poll(() => game.calls.length, patience).toBe(1);
    game.proxy.closed = true;
    game.moveTo(gate);
    await expect.poll(() => client.state.state, patience).toBe("offline");
    await push(game, "two");
    const queued = service.hello({ req: "queued" });
    game.proxy.closed = false;
    await expect.poll(() => client.state, patience).toEqual({ state: "online", resumed: true, pushesLost: false });
    game.calls[0]?.answer();
    expect((await running).rsp).toBe("TraceHello , running");
    expect([(await waiting).rsp, (await queued).rsp]).toEqual(["Hello , waiting", "Hello , queued"]);
    expect(game.calls.map(({ text }) => text)).toEqual(["running", "waiting", "queued"]);
    await push(game, "three");
    await expect.poll(() => seen, patience).toEqual(["one", "two", "three"]);
    expect(changes.slice(0, 2)).toEqual(["offline", "connecting"]);
    expect(changes.at(-1)).toBe("online");
  },
);

test("when the session is gone, calls without an answer are unknown, and those that waited are sent", async () => {
  const game = await startGame({ config: "ResumeWindow = 0" });
  const client = await game.connect();
  const service = client.service(MultiSer);
  const running = service.traceHello({ req: "running" });
  await expect.poll(() => game.calls.length, patience).toBe(1);
  game.proxy.closed = true;
  game.proxy.breakAll();
  await expect.poll(() => client.state.state, patience).toBe("offline");
  const queued = service.hello({ req: "queued" });
  game.proxy.closed = false;
  await expect(running).rejects.toMatchObject({ reason: "UNKNOWN_OUTCOME" });
  expect((await queued).rsp).toBe("Hello , queued");
  expect(client.state).toMatchObject({ state: "online", resumed: false });
});

test("a gate that falls silent is given up for another connection", async () => {
  const game = await startGame({ config: "IdleTimeOut = 0.3" });
  const client = await game.connect({ timeoutMs: 2000 });
  const changes = states(client);
  game.proxy.silent = true;
  await expect.poll(() => changes, patience).toContain("offline");
  game.proxy.silent = false;
  await expect.poll(() => client.state.state, patience).toBe("online");
});

test("a silent player stays online, because its client says so", async () => {
  // Long enough for a machine that is busy elsewhere for a while.
  const game = await startGame({ config: "IdleTimeOut = 2" });
  let answers = 0;
  const transport: Transport = (url, events) => {
    const onMessage = (message: Uint8Array) => {
      answers++;
      events.onMessage(message);
    };
    return webSocketTransport(url, { ...events, onMessage });
  };
  const client = await game.connect({ transport });
  const changes = states(client);
  const before = answers;
  // It asks three times in the time after which an idle session ends.
  await expect.poll(() => answers - before, patience).toBeGreaterThan(4);
  expect(changes).toEqual([]);
});

test("a call ends at its time, and when it is aborted", async () => {
  const client = await (await startGame()).connect();
  const service = client.service(MultiSer);
  await expect(service.traceHello({ req: "x" }, { timeoutMs: 20 })).rejects.toMatchObject({ reason: "DEADLINE" });
  const abort = new AbortController();
  const aborted = service.traceHello({ req: "y" }, { signal: abort.signal });
  abort.abort();
  await expect(aborted).rejects.toMatchObject({ reason: "CANCELLED" });
  await expect(service.hello({ req: "z" }, { signal: abort.signal })).rejects.toMatchObject({ reason: "CANCELLED" });
});

test("only so many calls wait for a connection", async () => {
  const game = await startGame();
  const client = await game.connect({ maxQueuedCalls: 2 });
  game.proxy.closed = true;
  game.proxy.breakAll();
  await expect.poll(() => client.state.state, patience).not.toBe("online");
  const service = client.service(MultiSer);
  const waiting = [service.hello({ req: "1" }), service.hello({ req: "2" })];
  await expect(service.hello({ req: "3" })).rejects.toMatchObject({ reason: "TOO_MANY_CALLS", notExecuted: true });
  game.proxy.closed = false;
  expect((await Promise.all(waiting)).map(({ rsp }) => rsp)).toEqual(["Hello , 1", "Hello , 2"]);
});

test("a newer login ends an older client for good, saying so", async () => {
  const game = await startGame();
  const older = await game.connect();
  const newer = await game.connect();
  await expect
    .poll(() => older.state, patience)
    .toMatchObject({ state: "closed", error: { reason: "SESSION_REPLACED" } });
  await expect(older.service(MultiSer).hello({ req: "x" }, { timeoutMs: 50 })).rejects.toBeInstanceOf(GateError);
  expect((await newer.service(MultiSer).hello({ req: "you" })).rsp).toBe("Hello , you");
});

test("a client that is closed ends its session at once", async () => {
  const game = await startGame();
  const client = await game.connect();
  const running = client.service(MultiSer).traceHello({ req: "x" });
  client.close();
  await expect(running).rejects.toMatchObject({ reason: "UNKNOWN_OUTCOME" });
  expect(client.state).toEqual({ state: "closed", error: undefined });
  await expect.poll(() => push(game, "late").catch(({ reason }) => reason), patience).toBe("PLAYER_OFFLINE");
});
