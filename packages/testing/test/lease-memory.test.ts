import { createMemoryHub, leaseMemory } from "m3game";
import { createManualClock, runLeaseConformance } from "../src/index.ts";

const hub = createMemoryHub();
const clock = createManualClock();
const { config, create } = leaseMemory(hub);

runLeaseConformance({
  name: "lease_memory",
  shortTtlMs: 2000,
  create: (context) => create(config.parse({}), { ...context, clock }),
  async letTimePass() {
    clock.advance(100);
    await new Promise(setImmediate);
  },
  async revoke(app) {
    hub.leaseFaults.expire(app);
  },
});
