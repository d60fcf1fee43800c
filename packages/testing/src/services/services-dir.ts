import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isServiceName, type ServiceName } from "./definitions.ts";

const folder = ".services";
const addressesFile = "addresses.json";

/**
 * The folder in which `npm run services` keeps programs, addresses and logs: that of the file named by the environment
 * variable M3_SERVICES, else the nearest `.services` at or above the working directory. Undefined when there is none.
 */
export function findServicesDir(): string | undefined {
  const file = process.env.M3_SERVICES;
  if (file !== undefined && file !== "") return dirname(file);
  for (let dir = process.cwd(); ; dir = dirname(dir)) {
    if (existsSync(join(dir, folder))) return join(dir, folder);
    if (dir === dirname(dir)) return undefined;
  }
}

/** The addresses (`host:port`) of the servers that were brought up; empty when there are none. */
export function readServiceAddresses(): Partial<Record<ServiceName, string>> {
  const dir = findServicesDir();
  const file = process.env.M3_SERVICES || (dir && join(dir, addressesFile));
  if (file === undefined || !existsSync(file)) return {};
  const content: unknown = JSON.parse(readFileSync(file, "utf8"));
  const addresses: Partial<Record<ServiceName, string>> = {};
  for (const [name, address] of Object.entries(content ?? {})) {
    if (isServiceName(name) && typeof address === "string") addresses[name] = address;
  }
  return addresses;
}
