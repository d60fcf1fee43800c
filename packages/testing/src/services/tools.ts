import { findChromium } from "./find-chromium.ts";
import { findProgram, type Program } from "./find-program.ts";

/** Programs that tests and drills start by themselves: a browser, Prometheus, and what etcd's operators use. */
export type ToolName = "chromium" | "prometheus" | "etcdctl";

/** All of them. */
export const toolNames: readonly ToolName[] = ["chromium", "prometheus", "etcdctl"];

/** True for the name of such a program. */
export function isToolName(name: string): name is ToolName {
  return toolNames.some((tool) => tool === name);
}

/** Where a tool is: installed, or unpacked below `<servicesDir>/root`. Undefined when it is nowhere. */
export function findTool(name: ToolName, servicesDir: string | undefined): Program | undefined {
  return name === "chromium" ? findChromium(servicesDir) : findProgram(name, servicesDir);
}
