export type { BotsReport, OperationReport } from "./bots/bots-report.ts";
export { type BotsOptions, runBots } from "./bots/run-bots.ts";
export { type Bot, defineScenario, type Scenario } from "./bots/scenario.ts";
