import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { loadRules } from "./load-rules.ts";

async function load(text: string) {
  const folder = await mkdtemp(join(tmpdir(), "m3game-rules-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "rules.toml");
  await writeFile(file, text);
  try {
    return { rules: await loadRules(file), message: "" };
  } catch (error) {
    return { rules: [], message: error instanceof Error ? error.message.replaceAll(file, "rules.toml") : "" };
  }
}

const original = `
Method = "/proto.MultiSer/BreakHello"
[[Rules.FlowRules]]
Threshold = 2
StatIntervalMs = 1000
MaxQueueWaitMs = 0
[[Rules.BreakRules]]
Threshold = 1
Strategy = "ErrorCount"
StatIntervalMs = 1000
RetryTimeOutMs = 2000
MinRequestNum = 2
`;

test.each(["[Rules]", "[[Rules]]"])("the original's file, below %s", async (head) => {
  expect(await load(head + original)).toMatchObject({
    message: "",
    rules: [
      {
        Method: "/proto.MultiSer/BreakHello",
        Side: "server",
        FlowRules: [{ Threshold: 2, StatIntervalMs: 1000, MaxQueueWaitMs: 0, Per: "method" }],
        BreakRules: [
          { Threshold: 1, Strategy: "ErrorCount", StatIntervalMs: 1000, RetryTimeOutMs: 2000, MinRequestNum: 2 },
        ],
      },
    ],
  });
});

test("several methods, the original's spelling, and a file without rules", async () => {
  const slow = 'Threshold = 500\nStrategy = "SlowRequst"\nSlowRequestMs = 50\nStatIntervalMs = 1\nRetryTimeOutMs = 1\n';
  const { rules } = await load(
    `[[Rules]]\nMethod = "/a.B/C"\n[[Rules]]\nMethod = "/a.B/D"\n[[Rules.BreakRules]]\n${slow}`,
  );
  expect(rules.map(({ Method }) => Method)).toEqual(["/a.B/C", "/a.B/D"]);
  expect(await load("")).toEqual({ rules: [], message: "" });
});

const flow = (keys: string) => `[[Rules]]\nMethod = "/a.B/C"\n[[Rules.FlowRules]]\n${keys}\n`;
const breaks = (keys: string) =>
  `[[Rules]]\nMethod = "/a.B/C"\n[[Rules.BreakRules]]\nStatIntervalMs = 1000\nRetryTimeOutMs = 1000\n${keys}\n`;

test.each([
  ["[[Rules]]", "rules.toml: Rules[0].Method: found nothing; allowed: "],
  ['[Rules]\nMethod = "BreakHello"', 'rules.toml: Rules.Method: found "BreakHello"; allowed: '],
  [
    flow("Threshold = -1"),
    "rules.toml: Rules[0].FlowRules[0].Threshold: found -1; allowed: a number, at least 0 (the rules of /a.B/C)",
  ],
  [flow("Limit = 1"), "FlowRules[0].Limit: unknown key; allowed keys: Threshold"],
  [flow("Threshold = 1\nStatIntervalMs = 1.5"), "FlowRules[0].StatIntervalMs: found 1.5; allowed: a whole number"],
  [flow('Threshold = 1\nPer = "app"'), 'FlowRules[0].Per: found "app"; allowed: one of "method", "caller", "player"'],
  [flow('Threshold = 1\nPer = "player"\nRefMethod = "/a.B/D"'), "FlowRules[0].RefMethod: goes only with Per"],
  [flow("Threshold = 0\nWarmUpPeriodSec = 5"), "FlowRules[0].WarmUpPeriodSec: needs a Threshold above 0; found 5"],
  [flow("Threshold = 1\nColdFactor = 1"), "FlowRules[0].ColdFactor: found 1"],
  [
    breaks('Threshold = 1\nStrategy = "Errors"'),
    'BreakRules[0].Strategy: found "Errors"; allowed: one of "SlowRequst"',
  ],
  [
    breaks('Threshold = 1001\nStrategy = "ErrorRatio"'),
    "BreakRules[0].Threshold: is per mille with Strategy ErrorRatio: allowed",
  ],
  [breaks('Threshold = 1\nStrategy = "SlowRequest"'), "BreakRules[0].SlowRequestMs: Strategy SlowRequest needs it"],
  [breaks('Threshold = 1\nStrategy = "ErrorCount"\nMinRequestNum = -1'), "BreakRules[0].MinRequestNum: found -1"],
  ["Rule = 1", 'rules.toml: Rule: unknown key (did you mean "Rules"?); allowed keys: Rules'],
  ["Rules = 5", "rules.toml: Rules: is no table; write [[Rules]]"],
  ["[Rules", "rules.toml:1:2: "],
])("what is wrong is named: %s", async (text, message) => {
  expect((await load(text)).message).toContain(message);
});

test("all problems of a file are named at once", async () => {
  const { message } = await load(`${flow("Threshold = -1")}${breaks("Threshold = -1")}`);
  expect(message.split("\n")).toHaveLength(3);
});

test("a file that is not there", async () => {
  await expect(loadRules("/nowhere/rules.toml")).rejects.toMatchObject({ reason: "CONFIG_INVALID" });
});
