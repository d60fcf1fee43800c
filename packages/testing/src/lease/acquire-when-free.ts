import { setTimeout as delay } from "node:timers/promises";
import type { Claim } from "m3game";
import type { Ownership } from "m3game/internal";

/**
 * Acquires an id as soon as it is free; between two attempts others get to run. What fails is tried again while the session lasts: it may
 * be in doubt for a moment, or the store without an answer.
 */
export async function acquireWhenFree(ownership: Ownership, id: string): Promise<Claim> {
  for (;;) {
    try {
      const result = await ownership.acquire(id);
      if (result.status === "acquired") return result.claim;
    } catch (error) {
      if (!ownership.owns()) throw error;
    }
    await delay(20);
  }
}
