import { join } from "node:path";

/** Everything the servers need and leave behind lies in one folder that git ignores. */
export const servicesDir = join(import.meta.dirname, "..", "..", ".services");

export const addressesFile = join(servicesDir, "addresses.json");
export const stateFile = join(servicesDir, "state.json");

/** Where Debian packages are unpacked. */
export const programRoot = join(servicesDir, "root");
/** apt's own state, apart from the machine's. */
export const aptDir = join(servicesDir, "apt");

export function dataDir(service: string): string {
  return join(servicesDir, "data", service);
}

export function logFile(service: string): string {
  return join(servicesDir, "log", `${service}.log`);
}
