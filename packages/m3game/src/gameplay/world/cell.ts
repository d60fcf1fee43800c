import type { Columns, Fields } from "./columns.ts";
import type { WorldState } from "./world-state.ts";

/** One cell while its entities are moved on. What it shows is valid until the function that got it returns. */
export interface Cell<F extends Fields, E> {
  /** The slots of the entities in it, ascending. */
  readonly slots: Int32Array;
  /** Everything as it was before the tick. Read any entity, write none. */
  readonly now: Columns<F>;
  /** What comes next. Write the entities of this cell only, and read no others: they may not be done yet. */
  readonly next: Columns<F>;
  /** How long the tick is, in milliseconds. */
  readonly deltaMs: number;
  /** Calls `visit` with each entity at most `radius` away from a place, as it was before the tick. */
  readonly near: (x: number, y: number, radius: number, visit: (slot: number) => void) => void;
  /** Leaves to the serial phase what concerns entities of other cells: damage, pushes, a new entity. */
  readonly emit: (event: E) => void;
}

/**
 * The parallel phase: moves the entities of one cell on. It is called once a tick for each cell that holds any, in any
 * order and, where workers do it, in any thread: it depends on nothing but what the cell shows.
 */
export type UpdateCell<F extends Fields, E> = (cell: Cell<F, E>) => void;

/** Runs the parallel phase of cells, one after another, and keeps what they emit. */
export class CellRunner<F extends Fields, E> implements Cell<F, E> {
  slots: Int32Array = new Int32Array(0);
  now: Columns<F>;
  next: Columns<F>;
  deltaMs = 0;
  readonly #state: WorldState<F>;
  readonly #update: UpdateCell<F, E>;
  #events: E[] = [];

  constructor(state: WorldState<F>, update: UpdateCell<F, E>) {
    this.#state = state;
    this.#update = update;
    this.now = state.now;
    this.next = state.next;
  }

  begin(deltaMs: number): void {
    this.now = this.#state.now;
    this.next = this.#state.next;
    this.deltaMs = deltaMs;
  }

  /** Runs one cell and gives what it emitted. */
  run(cell: number): readonly E[] {
    this.slots = this.#state.index.slots(cell);
    if (this.slots.length === 0) return none;
    this.#update(this);
    if (this.#events.length === 0) return none;
    const events = this.#events;
    this.#events = [];
    return events;
  }

  readonly near = (x: number, y: number, radius: number, visit: (slot: number) => void): void =>
    this.#state.index.visitNear(this.now, x, y, radius, visit);

  readonly emit = (event: E): void => void this.#events.push(event);
}

const none: readonly never[] = [];
