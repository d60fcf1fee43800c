import { createManualClock } from "@m3game/testing";
import { onTestFinished } from "vitest";
import { parseAppId } from "../../src/meta/app-id.ts";
import type { Clock } from "../../src/meta/clock.ts";
import type { Claim } from "../../src/ownership/claim.ts";
import type { OwnershipState } from "../../src/ownership/owned-session.ts";
import { Ownership, type OwnershipOptions } from "../../src/ownership/ownership.ts";
import type { Lease } from "../../src/plugin/lease.ts";
import { leaseMemory } from "../../src/plugin/memory/lease-memory.ts";
import { createMemoryHub } from "../../src/plugin/memory/memory-hub.ts";
import { RecordingLog } from "./recording-log.ts";

/** Time of a session in these tests, in milliseconds. */
export const ttlMs = 10_000;

/** Apps `e.w.f.<ins>` that own things against each other, on lease_memory and a clock that a test advances. */
export class LeaseWorld {
  readonly clock = createManualClock();
  readonly hub = createMemoryHub();
  readonly faults = this.hub.leaseFaults;

  async lease(clock: Clock = this.clock): Promise<Lease> {
    const plugin = leaseMemory(this.hub);
    return plugin.create(plugin.config.parse({ LeaseKeepLiveTime: ttlMs / 1000 }), {
      ...{ app: parseAppId("e.w.f.0"), log: new RecordingLog().logger(), clock },
      options: { Shape: {} },
      resolvePath: (path) => path,
      health: () => ({ alive: true, ready: true }),
      call: () => Promise.reject(new Error("it makes no calls")),
    });
  }

  async start(ins: string, options: Partial<OwnershipOptions> = {}) {
    const log = new RecordingLog();
    const app = parseAppId(`e.w.f.${ins}`);
    const ownership = await Ownership.start({
      ...{ app, address: `host-${ins}:1`, lease: await this.lease(), clock: this.clock, log: log.logger() },
      ...{ epoch: async () => 1n, inline: true, ...options },
    });
    onTestFinished(async () => {
      this.faults.restore(app.app);
      const disposed = ownership[Symbol.asyncDispose]();
      await this.pass(ttlMs);
      await disposed;
    });
    const states: OwnershipState[] = [];
    ownership.onState((state) => states.push(state));
    return { ownership, states, log };
  }

  /** Lets time pass in small steps, with what each of them causes. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 50) {
      this.clock.advance(Math.min(50, left));
      await settle();
    }
  }
}

/** Lets everything run that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
}

/** Acquires an id that must be free. */
export async function acquired(ownership: Ownership, id: string): Promise<Claim> {
  const result = await ownership.acquire(id);
  if (result.status !== "acquired") throw new Error(`${id} is taken by ${result.holder.app}`);
  return result.claim;
}
