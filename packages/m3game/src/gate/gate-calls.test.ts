import { expect, onTestFinished, test, vi } from "vitest";
import { startGateWorld } from "../../test/support/gate-world.ts";
import { wordOf } from "../../test/support/test-gate.ts";
import { GateCodec, maxFields } from "./gate-codec.ts";

test("a player logs in, and calls a method of an app", async () => {
  const world = await startGateWorld();
  const client = world.connect();
  const answer = await client.login("june");
  expect([wordOfBytes(answer.content), answer.welcome?.resumed, answer.code]).toEqual(["june", false, 0]);
  expect(await client.ask("Say", "hi")).toBe("hi!");
  const { context } = await world.called("hi");
  expect([context.sourceApp, context.metadata.get("playerid")]).toEqual(["test.w1.gate.1", "june"]);
});

test("an answer echoes method and metas of its call", async () => {
  const world = await startGateWorld();
  const client = await world.player("june");
  const sequence = client.call("Say", "hi", { metas: [{ key: "Mine", value: "7" }] });
  const answer = await client.answer(sequence);
  expect(answer).toMatchObject({ method: "/m3test.GameSer/Say", metas: [{ key: "Mine", value: "7" }] });
  expect(wordOf(answer)).toBe("hi!");
});

test("only methods for clients can be called", async () => {
  const world = await startGateWorld();
  const client = await world.player("june");
  expect(await client.ask("Hidden", "hi")).toBe("NOT_CLIENT_CALLABLE");
  expect(await client.ask("Nothing", "hi")).toBe("NOT_CLIENT_CALLABLE");
  expect(await client.ask("Say", "hi")).toBe("hi!");
  expect(world.calls).toHaveLength(1);
});

test("a payload that can't be decoded fails its call and nothing else", async () => {
  const world = await startGateWorld();
  const client = await world.player("june");
  expect(await client.ask("Say", "", { content: new Uint8Array([255, 255]) })).toBe("BAD_REQUEST");
  expect(await client.ask("Say", "hi")).toBe("hi!");
});

test.each([
  "playerid",
  "PlayerID",
  "PLAYERID",
  "m3routetype",
  "M3RouteSrcApp",
  "gate-session",
  "Gate-Player",
  "GATE-REPEAT",
  "other",
])("a meta %s of the client goes nowhere", async (key) => {
  const world = await startGateWorld({ games: 2, config: `ForwardMetas = ["lang"]` });
  const client = await world.player("june");
  const metas = [
    { key, value: "RouteTypeP2P" },
    { key: "Lang", value: "zh" },
  ];
  expect(await client.ask("Say", "hi", { metas })).toBe("hi!");
  const { context } = await world.called("hi");
  expect(context.sourceApp).toBe("test.w1.gate.1");
  expect(context.player).toBe("june");
  expect(Object.fromEntries(context.metadata)).toEqual({
    playerid: "june",
    lang: "zh",
    "gate-player": "june",
    "gate-session": expect.any(String),
    "gate-sequence": "1",
  });
});

test("a meta that is there twice, in any letter case, fails the call", async () => {
  const world = await startGateWorld();
  const client = await world.player("june");
  const metas = ["a", "A"].map((key) => ({ key, value: "1" }));
  expect(await client.ask("Say", "hi", { metas })).toBe("METADATA_INVALID");
});

test("a trusted client chooses route and actor", async () => {
  const world = await startGateWorld({ games: 2, config: "TrustClientRoute = true" });
  const client = await world.player("june");
  for (const target of ["test.w1.game.1", "test.w1.game.2"]) {
    const metas = [
      { key: "m3routetype", value: "RouteTypeP2P" },
      { key: "m3routedstapp", value: target },
      { key: "playerid", value: "mike" },
    ];
    expect(await client.ask("Say", target, { metas })).toBe(`${target}!`);
    const { context } = await world.called(target);
    expect([context.app.app, context.metadata.get("playerid")]).toEqual([target, "mike"]);
  }
});

test("calls of a player run in the order sent, each after the one before; unordered ones do not wait", async () => {
  const world = await startGateWorld();
  const client = await world.player("june");
  client.call("Wait", "first");
  const second = client.call("Say", "second");
  const first = await world.called("first");
  expect(await client.ask("Loose", "third")).toBe("third!");
  expect(world.calls.map(({ text }) => text)).toEqual(["first", "third"]);
  first.answer();
  expect(wordOf(await client.answer(second))).toBe("second!");
});

test("too many calls at a time are refused, and run when sent again", async () => {
  const world = await startGateWorld({ config: "MaxCallsInFlight = 2" });
  const client = await world.player("june");
  client.call("Wait", "first");
  client.call("Say", "second");
  expect(await client.ask("Say", "third")).toBe("TOO_MANY_CALLS");
  (await world.called("first")).answer();
  await client.answer(2);
  expect(await client.ask("Say", "fourth")).toBe("fourth!");
});

test("calls above the rate are refused", async () => {
  const world = await startGateWorld({ config: "CallsPerSecond = 0.1\nCallBurst = 2" });
  const client = await world.player("june");
  expect([await client.ask("Say", "1"), await client.ask("Say", "2"), await client.ask("Say", "3")]).toEqual([
    "1!",
    "2!",
    "RATE_LIMITED",
  ]);
});

test("a call that is too large is refused", async () => {
  const world = await startGateWorld({ config: "MaxMessageBytes = 1024" });
  const client = await world.player("june");
  expect(await client.ask("Say", "x".repeat(1024))).toBe("MESSAGE_TOO_LARGE");
  expect(await client.ask("Say", "hi")).toBe("hi!");
});

test("what is too large is refused without a look at all that is in it, before the login too", async () => {
  const decode = vi.spyOn(GateCodec.prototype, "decode");
  onTestFinished(() => decode.mockRestore());
  const world = await startGateWorld({ config: "MaxMessageBytes = 1024" });
  const content = new Uint8Array(1100);
  const strangers = [
    { first: { content, hello: { version: 1 } }, told: ["MESSAGE_TOO_LARGE"] },
    // As a client of the original: the end of its stream says all.
    { first: { content }, told: [] },
    { first: { metas: Array.from({ length: 1000 }, () => ({})), hello: { version: 1 } }, told: [] },
  ];
  for (const { first, told } of strangers) {
    const stranger = world.connect();
    stranger.write(first);
    expect(await stranger.closed).toMatchObject({ code: 8 });
    expect(stranger.received.items.map(({ details }) => details?.reason)).toEqual(told);
  }
  const client = await world.player("june");
  const before = decode.mock.calls.length;
  expect(await client.ask("Say", "hi", { content })).toBe("MESSAGE_TOO_LARGE");
  client.writeBytes(new Uint8Array(2000).fill(255));
  expect(await client.goodbye()).toEqual({ reason: "PROTOCOL", resumable: false });
  expect([before, decode.mock.calls.length]).toEqual([1, 1]);
});

test("what has too many metas, or other fields, is refused without a look at all of them", async () => {
  const decode = vi.spyOn(GateCodec.prototype, "decode");
  onTestFinished(() => decode.mockRestore());
  const world = await startGateWorld();
  const client = await world.player("june");
  const metas = Array.from({ length: maxFields }, (_, index) => ({ key: `k${index}`, value: "1" }));
  const before = decode.mock.calls.length;
  const sequence = client.call("Say", "hi", { metas });
  const refusal = await client.received.until((last) => last.code !== 0);
  expect(refusal).toMatchObject({ method: "/m3test.GameSer/Say", metas: [], details: { reason: "MESSAGE_TOO_LARGE" } });
  client.writeBytes(new Uint8Array(60_000).map((_, index) => (index % 2 === 0 ? 0x12 : 0)));
  expect(decode.mock.calls.length).toBe(before);
  // Method, content and number are three.
  client.call("Say", "ho", { sequence, metas: metas.slice(3) });
  expect(wordOf(await client.answer(sequence))).toBe("ho!");
  const stranger = world.connect();
  stranger.write({ hello: { version: 1 }, metas });
  expect(await stranger.closed).toMatchObject({ code: 8 });
});

test("the game may answer calls by itself", async () => {
  const world = await startGateWorld({
    handler: {
      onCall: (call) => {
        call.session.attributes.set("last", call.meta.localName);
        if (call.method.endsWith("Loose")) throw new Error("a secret");
        return call.method.endsWith("Twice") ? call.content : call.forward({ metadata: { club: "7" } });
      },
    },
  });
  const client = await world.player("june");
  expect(await client.ask("Twice", "hi")).toBe("hi");
  expect(await client.ask("Say", "hi")).toBe("hi!");
  expect((await world.called("hi")).context.metadata.get("club")).toBe("7");
  const failed = await client.answer(client.call("Loose", "hi"));
  expect(failed.details?.reason).toBe("HANDLER_FAILED");
  expect(failed.message).not.toContain("secret");
});

test("an app behind the gate that dies fails its calls", async () => {
  const world = await startGateWorld();
  const client = await world.player("june");
  const sequence = client.call("Wait", "hi");
  await world.called("hi");
  await world.cluster.app("test.w1.game.1").stop();
  expect((await client.answer(sequence)).code).not.toBe(0);
  expect((await client.answer(client.call("Say", "hi"))).details?.reason).toBe("NO_INSTANCE");
});

function wordOfBytes(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
