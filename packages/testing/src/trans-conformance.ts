import { afterEach, beforeEach, describe, test } from "vitest";
import { callTests } from "./trans/call-tests.ts";
import { cancelTests } from "./trans/cancel-tests.ts";
import { connectionTests } from "./trans/connection-tests.ts";
import { type AddTest, type CreateTrans, TransFixture } from "./trans/fixture.ts";
import { limitTests } from "./trans/limit-tests.ts";

/** Which transport the suite is about. */
export interface TransConformanceOptions {
  /** Names the suite. */
  readonly name: string;
  /** Starts a transport for one app on 127.0.0.1, with this port and this limit. */
  readonly create: CreateTrans;
  /** Tests, by name, that say nothing of this transport, and why. @default none */
  readonly skip?: readonly { readonly reason: string; readonly tests: readonly string[] }[];
}

/** Checks a transport that listens on ports against its contract. Call it in a test file. */
export function runTransConformance(options: TransConformanceOptions): void {
  describe(`trans conformance: ${options.name}`, () => {
    let fixture: TransFixture;

    beforeEach(() => {
      fixture = new TransFixture(options.create);
    });

    afterEach(() => fixture[Symbol.asyncDispose]());

    const skipped = new Set(options.skip?.flatMap(({ tests }) => tests));
    const add: AddTest = (title, body) => (skipped.delete(title) ? test.skip(title, body) : test(title, body));
    callTests(add, () => fixture);
    cancelTests(add, () => fixture);
    connectionTests(add, () => fixture);
    limitTests(add, () => fixture);
    if (skipped.size > 0) throw new Error(`no such tests to skip: ${[...skipped].join(", ")}`);
  });
}
