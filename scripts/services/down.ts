import { rmSync } from "node:fs";
import type { ServiceName } from "@m3game/testing/services";
import { dataDir } from "./paths.ts";
import { endProcess, isRunning } from "./processes.ts";
import { readState, writeState } from "./state.ts";

/** Ends those of the named servers that `up` started, and removes their data. */
export async function down(names: readonly ServiceName[]): Promise<void> {
  for (const name of names) {
    const { [name]: service, ...rest } = readState();
    if (service === undefined) continue;
    const wasRunning = isRunning(service);
    await endProcess(service);
    rmSync(dataDir(name), { recursive: true, force: true });
    writeState(rest);
    console.log(wasRunning ? `${name} is down` : `${name} had ended already`);
  }
}
