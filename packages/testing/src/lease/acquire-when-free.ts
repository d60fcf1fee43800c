import { setTimeout as delay } from "node:timers/promises";
import type { Claim } from "m3game";
import type { Ownership } from "m3game/internal";

/** Acquires an id as soon as it is free; between two attempts others get to run. */
export async function acquireWhenFree(ownership: Ownership, id: string): Promise<Claim> {
  for (;;) {
    const result = await ownership.acquire(id);
    if (result.status === "acquired") return result.claim;
    await delay(20);
  }
}
