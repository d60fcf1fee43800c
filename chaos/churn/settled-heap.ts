import { setImmediate as nextTurn } from "node:timers/promises";

/** What the heap holds once everything that can be collected is. Needs `node --expose-gc`. */
export async function settledHeapBytes(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error("start it with node --expose-gc");
  for (let round = 0; round < 3; round++) {
    globalThis.gc();
    // What a collection sets free may let go of more on a later turn.
    await nextTurn();
  }
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
}
