import { describe } from "vitest";
import { claimTests } from "./lease/claim-tests.ts";
import { type LeaseConformanceOptions, LeaseFixture } from "./lease/fixture.ts";
import { modelTests } from "./lease/model-tests.ts";
import { sessionTests } from "./lease/session-tests.ts";

export type { LeaseConformanceOptions } from "./lease/fixture.ts";

/** Checks a lease store against its contract. Call it in a test file. */
export function runLeaseConformance(options: LeaseConformanceOptions): void {
  describe(`lease conformance: ${options.name}`, () => {
    const fixture = new LeaseFixture(options);
    describe("sessions", () => sessionTests(fixture));
    describe("claims", () => claimTests(fixture));
    describe("generated sequences", () => modelTests(fixture));
  });
}
