import { findChromium } from "./find-chromium.ts";
import { findProgram, type Program } from "./find-program.ts";

/** Programs that tests start by themselves: a browser, and Prometheus. */
export type ToolName = "chromium" | "prometheus";

export const toolNames: readonly ToolName[] = ["chromium", "prometheus"];

export function isToolName(name: string): name is ToolName {
  return name === "chromium" || name === "prometheus";
}

/** Where a tool is: installed, or unpacked below `<servicesDir>/root`. Undefined when it is nowhere. */
export function findTool(name: ToolName, servicesDir: string | undefined): Program | undefined {
  return name === "chromium" ? findChromium(servicesDir) : findProgram(name, servicesDir);
}
