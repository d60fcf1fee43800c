import type { Fields } from "./columns.ts";
import type { Plane } from "./plane.ts";

/** What changed in the sight of one viewer. The arrays are new each time. */
export interface Sight {
  /** Slots that came into sight. */
  readonly entered: readonly number[];
  /** Slots that are still in sight. */
  readonly stayed: readonly number[];
  /** Slots that left, by moving or because they are gone. */
  readonly left: readonly number[];
}

/**
 * What one viewer sees, and what changed since it last looked: whom to show whole, whom to bring up to date, whom to take away.
 * A slot that was removed and used again between two looks counts as one that stayed: look in each tick.
 */
export class Interest {
  #seen = new Set<number>();

  /** Looks at all entities at most `radius` away from a place. */
  look<F extends Fields>(world: Plane<F>, x: number, y: number, radius: number): Sight {
    const before = this.#seen;
    const seen = new Set<number>();
    const entered: number[] = [];
    const stayed: number[] = [];
    world.near(x, y, radius, (slot) => {
      seen.add(slot);
      (before.delete(slot) ? stayed : entered).push(slot);
    });
    this.#seen = seen;
    return { entered, stayed, left: [...before] };
  }
}
