import { describe, test } from "vitest";
import type { ServiceName } from "./services/definitions.ts";
import { readServiceAddresses } from "./services/services-dir.ts";

/**
 * The address (`host:port`) of a server that `npm run services -- up` brought up. Throws, saying how to get it, when it
 * is not there; a suite that may do without it is made with `describeWithService`.
 */
export function requireService(name: ServiceName): string {
  const address = readServiceAddresses()[name];
  if (address === undefined) throw new Error(howToGet(name));
  return address;
}

/**
 * A suite against a real server. Without the server it is skipped with a note that says how to get it; in CI (the
 * environment variable CI is set) it fails.
 */
export function describeWithService(name: ServiceName, title: string, body: (address: string) => void): void {
  // On a busy machine a server takes its time.
  describe(title, { timeout: 120_000 }, () => {
    const address = readServiceAddresses()[name];
    if (address !== undefined) {
      body(address);
      return;
    }
    test(`needs ${name}`, (context) => {
      if (process.env.CI) requireService(name);
      // The reporter shows no notes of skipped tests.
      process.stderr.write(`${title} is skipped: ${howToGet(name)}\n`);
      context.skip(howToGet(name));
    });
  });
}

function howToGet(name: ServiceName): string {
  return `no ${name} server is up: run "npm run services -- up ${name}" first`;
}
