import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { ServiceName } from "@m3game/testing/services";
import { addressesFile, servicesDir, stateFile } from "./paths.ts";
import type { ProcessId } from "./processes.ts";

/** A server that `up` started. */
export interface RunningService extends ProcessId {
  readonly address: string;
  readonly program: string;
}

export type State = Partial<Record<ServiceName, RunningService>>;

/** What `up` started and `down` has not ended. */
export function readState(): State {
  return existsSync(stateFile) ? JSON.parse(readFileSync(stateFile, "utf8")) : {};
}

/** Writes the state and, for the tests, the addresses alone. No server: no files. */
export function writeState(state: State): void {
  mkdirSync(servicesDir, { recursive: true });
  const addresses = Object.fromEntries(Object.entries(state).map(([name, service]) => [name, service.address]));
  for (const [file, content] of [[stateFile, state] as const, [addressesFile, addresses] as const]) {
    if (Object.keys(content).length === 0) {
      rmSync(file, { force: true });
      continue;
    }
    // Renamed into place, so that nobody reads half a file.
    writeFileSync(`${file}.new`, `${JSON.stringify(content, null, 2)}\n`);
    renameSync(`${file}.new`, file);
  }
}
