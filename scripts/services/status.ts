import { findTool, type ServiceName, serviceDefinitions, type ToolName } from "@m3game/testing/services";
import { servicesDir } from "./paths.ts";
import { isRunning } from "./processes.ts";
import { readState } from "./state.ts";
import { isAnswering } from "./up.ts";

/** A server that takes longer to answer is silent. */
const silentMs = 2000;

/** Prints a table of the named servers and tools. True when all servers answer, and the tools are there. */
export async function status(names: readonly ServiceName[], tools: readonly ToolName[] = []): Promise<boolean> {
  const state = readState();
  const rows = await Promise.all(
    names.map(async (name) => {
      const service = state[name];
      if (service === undefined || !isRunning(service)) return [name, "down", "", "", serviceDefinitions[name].binary];
      const answers = await isAnswering(name, service.address, silentMs);
      return [name, answers ? "up" : "silent", service.address, String(service.pid), service.program];
    }),
  );
  for (const tool of tools) {
    const program = findTool(tool, servicesDir);
    rows.push([tool, program === undefined ? "missing" : "there", "", "", program?.path ?? tool]);
  }
  printTable([["service", "state", "address", "process", "program"], ...rows]);
  return rows.every(([, serverState]) => serverState === "up" || serverState === "there");
}

function printTable(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  for (const row of rows)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    );
}
