import { randomUUID } from "node:crypto";
import type { AcquireResult, Lease, LeaseRenewer, LeaseRenewerModule, LeaseStoreSession, PluginContext } from "m3game";
import { afterEach, beforeEach } from "vitest";
import { createPluginContext } from "../plugin-context.ts";

export interface LeaseConformanceOptions {
  /** Names the suite. */
  readonly name: string;
  /** A short time of a session, as the store grants it, in milliseconds: long enough for a machine that is busy elsewhere for a while. */
  readonly shortTtlMs: number;
  /** Connects one app to the store. All leases of the suite share one store. */
  create(context: PluginContext): Lease | Promise<Lease>;
  /** Lets a little time pass for the store; a test that waits for something calls it again and again. */
  letTimePass(): Promise<void>;
  /** Ends an app's session in the store, as an operator may. */
  revoke(app: string, lease: Lease): Promise<void>;
}

/** Long enough that nothing ends by itself within a test. */
export const longTtlMs = 60_000;

export interface TestSession {
  readonly app: string;
  readonly incarnation: string;
  readonly address: string;
  readonly lease: Lease;
  readonly store: LeaseStoreSession;
}

/** Apps with sessions, other ones for each test. */
export class LeaseFixture {
  readonly options: LeaseConformanceOptions;
  #cleanup = new AsyncDisposableStack();
  #prefix = "";

  constructor(options: LeaseConformanceOptions) {
    this.options = options;
    beforeEach(() => {
      this.#cleanup = new AsyncDisposableStack();
      this.#prefix = randomUUID();
    });
    afterEach(() => this.#cleanup.disposeAsync());
  }

  /** An id of this test's own. */
  id(name: string): string {
    return `${this.#prefix}/${name}`;
  }

  app(name: string): string {
    return `test.${this.#prefix}.f.${name}`;
  }

  async lease(): Promise<Lease> {
    return this.#cleanup.use(await this.options.create(createPluginContext("test.world1.f.1")));
  }

  /** Opens a session that must be free. It is closed after the test. */
  async open(name: string, { ttlMs = longTtlMs, lease }: { ttlMs?: number; lease?: Lease } = {}): Promise<TestSession> {
    const [app, incarnation, address] = [this.app(name), randomUUID(), `host-${name}:1`];
    const used = lease ?? (await this.lease());
    const result = await used.openSession({ app, incarnation, address, ttlMs });
    if (result.status !== "open") throw new Error(`the session of ${name} is taken`);
    const { session: store } = result;
    this.#cleanup.defer(() => store.close());
    return { app, incarnation, address, lease: used, store };
  }

  /** What renews a session, whichever way. */
  async renewer({ renewal }: LeaseStoreSession): Promise<LeaseRenewer> {
    if (renewal.kind === "inline") return renewal.renewer;
    const module: LeaseRenewerModule = await import(renewal.module.href);
    return this.#cleanup.use(module.createLeaseRenewer(renewal.data));
  }

  /** Asks until the answer is as wanted. The test's own time limit ends the wait. */
  async until<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
    for (;;) {
      const answer = await ask();
      if (isWanted(answer)) return answer;
      await this.options.letTimePass();
    }
  }
}

/** Acquires one claim. */
export async function acquire({ store }: TestSession, id: string): Promise<AcquireResult> {
  const [result] = await store.acquire([id]);
  if (result === undefined) throw new Error("no result");
  return result;
}

/** Acquires one claim that must be free, and gives its counter. */
export async function acquireFree(session: TestSession, id: string): Promise<bigint> {
  const result = await acquire(session, id);
  if (result.status !== "acquired") throw new Error(`${id} is ${result.status}`);
  return result.counter;
}
