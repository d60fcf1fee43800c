import { CellRunner, type UpdateCell } from "./cell.ts";
import type { Fields } from "./columns.ts";
import { Plane } from "./plane.ts";
import type { WorldSize } from "./world-state.ts";

/**
 * The serial phase: takes what the cells emitted, in the order of the cells, and settles it: it writes `world.next`,
 * adds and removes.
 */
export type Resolve<F extends Fields, E> = (world: Plane<F>, events: readonly E[], deltaMs: number) => void;

/** What a world is, and what moves it on. */
export interface WorldOptions<F extends Fields, E> extends WorldSize<F> {
  /** The parallel phase, called for each cell that holds entities. */
  readonly update: UpdateCell<F, E>;
  /** @default nothing is settled */
  readonly resolve?: Resolve<F, E>;
}

/**
 * A world that this thread moves on, in ticks. A tick first moves the entities of each cell on: all read the old buffer
 * and write their own part of the new one, so the order of the cells does not matter. Then it settles what concerns
 * several cells, and exchanges the buffers.
 */
export class World<F extends Fields = Record<never, never>, E = never> extends Plane<F> {
  readonly #runner: CellRunner<F, E>;
  readonly #resolve: Resolve<F, E> | undefined;

  constructor(options: WorldOptions<F, E>) {
    super(options);
    this.#runner = new CellRunner(this.state, options.update);
    this.#resolve = options.resolve;
  }

  /** Moves the world on. What `update` or `resolve` throws comes out, and leaves the world in between: drop it then. */
  tick(deltaMs: number): void {
    this.beginTick();
    this.#runner.begin(deltaMs);
    const events: E[] = [];
    for (let cell = 0; cell < this.state.index.cellCount; cell++) {
      for (const event of this.#runner.run(cell)) events.push(event);
    }
    this.#resolve?.(this, events, deltaMs);
    this.endTick();
  }
}
