import { shapeSentinel } from "@m3game/shape-sentinel";
import { createPluginContext, runShapeConformance, type ShapeTestRule } from "@m3game/testing";
import { createRuleFile } from "./support/rule-file.ts";

runShapeConformance({
  name: "shape_sentinel",
  async create({ clock }, rules) {
    const { folder, write } = await createRuleFile(rules.map(toToml).join(""));
    const options = { Shape: { RuleConfigFile: "rules.toml" } };
    const context = createPluginContext("test.world1.club.1", { clock, folder, options });
    const shape = await shapeSentinel.create({}, context);
    return { shape, write: (next) => write(next === undefined ? "[[Rules]]" : next.map(toToml).join("")) };
  },
});

function toToml({ method, side, limit, breaker }: ShapeTestRule): string {
  const flow =
    limit &&
    `[[Rules.FlowRules]]\nThreshold = ${limit.calls}\nStatIntervalMs = 1000\nMaxQueueWaitMs = ${limit.maxWaitMs}\n`;
  const broken =
    breaker &&
    `[[Rules.BreakRules]]\nStrategy = "ErrorCount"\nThreshold = ${breaker.errors}\nStatIntervalMs = 10000\nRetryTimeOutMs = ${breaker.retryMs}\n`;
  return `[[Rules]]\nMethod = "${method}"\nSide = "${side}"\n${flow ?? ""}${broken ?? ""}`;
}
