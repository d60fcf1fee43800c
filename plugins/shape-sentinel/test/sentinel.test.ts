import { shapeSentinel } from "@m3game/shape-sentinel";
import { createManualClock, createPluginContext } from "@m3game/testing";
import { isM3Error, type Shape, type ShapeEntry } from "m3game";
import { describe, expect, onTestFinished, test } from "vitest";
import { createRuleFile } from "./support/rule-file.ts";

const method = "/test.Ser/Do";

async function start(rules: string, config: { ConfigFile?: string } = {}) {
  const { folder, write } = await createRuleFile(rules);
  const clock = createManualClock();
  clock.advance(60_000);
  const options = { Shape: { RuleConfigFile: "rules.toml" } };
  const context = createPluginContext("test.world1.club.1", { clock, folder, options });
  const shape = await shapeSentinel.create(config, context);
  onTestFinished(() => shape[Symbol.asyncDispose]());
  const reload = async (text: string) => {
    await write(text);
    (await shape.prepareReload()).commit();
  };
  return { shape, clock, context, reload };
}

const rule = (keys: string, head = "") => `[[Rules]]\nMethod = "${method}"\n${head}\n[[Rules.FlowRules]]\n${keys}\n`;

/** `pass`, `wait` or the reason of the refusal. */
function attempt(shape: Shape, changes: Partial<ShapeEntry> = {}): string {
  const signal = new AbortController().signal;
  const entry: ShapeEntry = { method, side: "server", sourceApp: "", player: "", signal, ...changes };
  try {
    const permit = shape.enter(entry);
    if (permit instanceof Promise) permit.catch(() => {});
    return permit instanceof Promise ? "wait" : "pass";
  } catch (error) {
    return isM3Error(error) ? error.reason : String(error);
  }
}

test("a call that says when it asks is counted then, without a look at the clock", async () => {
  const { shape, clock } = await start(rule("Threshold = 1"));
  const at = clock.now();
  const seen = [at, at, at + 1000].map((asked) => attempt(shape, { at: asked }));
  expect(seen).toEqual(["pass", "RATE_LIMITED", "pass"]);
});

describe("limits of one caller, or one player", () => {
  test("each calling app has its own, and all clients that are no apps have one", async () => {
    const { shape } = await start(rule('Threshold = 1\nPer = "caller"'));
    const callers = ["a.b.gate.1", "a.b.gate.2", "", "a.b.gate.1", "a.b.gate.2", ""];
    const seen = callers.map((sourceApp) => attempt(shape, { sourceApp }));
    expect(seen).toEqual(["pass", "pass", "pass", "RATE_LIMITED", "RATE_LIMITED", "RATE_LIMITED"]);
  });

  test("each player has its own, and a call for no player is free", async () => {
    const { shape, clock } = await start(rule('Threshold = 1\nPer = "player"'));
    const players = ["p1", "p2", "p1", "", ""];
    const seen = players.map((player) => attempt(shape, { player }));
    expect(seen).toEqual(["pass", "pass", "RATE_LIMITED", "pass", "pass"]);
    clock.advance(1000);
    expect(attempt(shape, { player: "p1" })).toBe("pass");
  });

  test("each may have a queue, and what one is refused does not count for all", async () => {
    const { shape } = await start(
      `${rule("Threshold = 3")}[[Rules.FlowRules]]\nThreshold = 1\nMaxQueueWaitMs = 1000\nPer = "player"\n`,
    );
    const players = ["p1", "p1", "p1", "p2", "p2"];
    const seen = players.map((player) => attempt(shape, { player }));
    expect(seen).toEqual(["pass", "wait", "RATE_LIMITED", "pass", "wait"]);
  });

  test("more than MaxKeys of them are not told apart, at no cost in memory", async () => {
    const { shape } = await start(rule('Threshold = 1\nPer = "player"\nMaxKeys = 2'));
    const players = ["p1", "p2", "p3", "p3", "p1"];
    const seen = players.map((player) => attempt(shape, { player }));
    expect(seen).toEqual(["pass", "pass", "pass", "RATE_LIMITED", "pass"]);
  });
});

test("both sides: each is counted by itself", async () => {
  const { shape } = await start(rule("Threshold = 1", 'Side = "both"'));
  const sides = ["server", "client", "server", "client"] as const;
  const seen = sides.map((side) => attempt(shape, { side }));
  expect(seen).toEqual(["pass", "pass", "RATE_LIMITED", "RATE_LIMITED"]);
});

test("a rule may count the passes of another method", async () => {
  const { shape } = await start(rule('Threshold = 1\nRefMethod = "/test.Ser/Write"'));
  expect([1, 2, 3].map(() => attempt(shape))).toEqual(["pass", "pass", "pass"]);
  attempt(shape, { method: "/test.Ser/Write" });
  expect(attempt(shape)).toBe("RATE_LIMITED");
});

test("a reload: a changed rule of the same interval goes on with what its method passed, a queue begins anew", async () => {
  const { shape, reload } = await start(rule("Threshold = 2\nStatIntervalMs = 700"));
  attempt(shape);
  await reload(rule("Threshold = 1\nStatIntervalMs = 700"));
  expect(attempt(shape)).toBe("RATE_LIMITED");
  await reload(rule("Threshold = 1\nStatIntervalMs = 700\nMaxQueueWaitMs = 5"));
  expect([attempt(shape), attempt(shape)]).toEqual(["pass", "RATE_LIMITED"]);
});

test("two equal rules are two, also after a reload", async () => {
  const breaks =
    '[[Rules.BreakRules]]\nStrategy = "ErrorCount"\nThreshold = 2\nStatIntervalMs = 1000\nRetryTimeOutMs = 10\n';
  const twice = `[[Rules]]\nMethod = "${method}"\n${breaks}${breaks}`;
  const { shape, reload } = await start(twice);
  await reload(twice);
  const signal = new AbortController().signal;
  const permit = await shape.enter({ method, side: "server", sourceApp: "", player: "", signal });
  permit?.exit(new Error("broken"));
  expect(attempt(shape)).toBe("pass");
});

test("the state of a breaker is logged", async () => {
  const breaks =
    '[[Rules.BreakRules]]\nStrategy = "ErrorCount"\nThreshold = 1\nStatIntervalMs = 1000\nRetryTimeOutMs = 10\n';
  const { shape, context } = await start(`[[Rules]]\nMethod = "${method}"\n${breaks}`);
  const signal = new AbortController().signal;
  const permit = await shape.enter({ method, side: "server", sourceApp: "", player: "", signal });
  permit?.exit(new Error("broken"));
  expect(context.lines.at(-1)).toMatchObject({ level: "warn", message: "breaker open", fields: { method } });
});

describe("the rule files", () => {
  test("a wrong rule refuses the start", async () => {
    await expect(start(rule("Threshold = -1"))).rejects.toMatchObject({
      reason: "CONFIG_INVALID",
      message: expect.stringMatching(/rules\.toml: Rules\[0\]\.FlowRules\[0\]\.Threshold: found -1; allowed: /),
    });
  });

  test("ConfigFile names a second one", async () => {
    const { shape } = await start(rule("Threshold = 1"), { ConfigFile: "rules.toml" });
    expect([attempt(shape), attempt(shape)]).toEqual(["pass", "RATE_LIMITED"]);
  });

  test("settings of Sentinel's own mean nothing, which is said", async () => {
    const { context } = await start(rule("Threshold = 1"), { ConfigFile: "../config/sentinel.yaml" });
    expect(context.lines.map(({ message }) => message)).toContain(
      "ConfigFile holds settings of Sentinel's own, which mean nothing here: remove it",
    );
  });

  test("without one there are no rules, which is said", async () => {
    const context = createPluginContext("test.world1.club.1");
    await using shape = await shapeSentinel.create({}, context);
    expect(attempt(shape)).toBe("pass");
    expect(context.lines[0]).toMatchObject({ level: "warn" });
  });
});
