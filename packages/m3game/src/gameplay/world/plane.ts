import type { Columns, Fields } from "./columns.ts";
import { type WorldSize, WorldState } from "./world-state.ts";

/** A rectangle, its edges included. */
export interface Area {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
}

/** What an entity starts with; what is left out is 0. */
export type EntityValues<F extends Fields> = { readonly x: number; readonly y: number } & {
  readonly [K in keyof F]?: number;
};

/**
 * A plane with entities, cut into square cells, in two buffers.
 *
 * An entity is a slot: the index of its numbers in the columns. A slot is used again some time after `remove`.
 */
export class Plane<F extends Fields> {
  readonly width: number;
  readonly height: number;
  readonly capacity: number;
  protected readonly state: WorldState<F>;
  protected isTicking = false;
  readonly #isAlive: Uint8Array;
  readonly #free: number[] = [];
  /** Slots below have been used. */
  #end = 0;
  #indexIsOld = false;

  constructor(size: WorldSize<F>) {
    this.width = size.width;
    this.height = size.height;
    this.capacity = size.capacity;
    this.state = WorldState.create(size);
    this.#isAlive = new Uint8Array(size.capacity);
  }

  /** How many entities there are. */
  get size(): number {
    return this.#end - this.#free.length;
  }

  /** What everybody reads: during a tick what was before it. */
  get now(): Columns<F> {
    return this.state.now;
  }

  /** What will be after the tick: written in its serial phase. Outside of a tick use `set`. */
  get next(): Columns<F> {
    return this.state.next;
  }

  /**
   * Adds an entity and gives its slot. Queries find it at once, or from the end of the tick on that runs. Throws RangeError
   * when the world is full or the place outside of it.
   */
  add(values: EntityValues<F>): number {
    this.#checkPlace(values.x, values.y);
    const slot = this.#free.pop() ?? this.#end;
    if (slot === this.capacity) throw new RangeError(`the world is full: it has room for ${this.capacity} entities`);
    if (slot === this.#end) this.#end++;
    this.state.clear(slot);
    this.state.write(slot, values);
    this.#isAlive[slot] = 1;
    this.#indexIsOld = true;
    return slot;
  }

  /** Takes an entity out, at once. Nothing happens when there is none. */
  remove(slot: number): void {
    if (!this.has(slot)) return;
    this.#isAlive[slot] = 0;
    this.#free.push(slot);
    this.#indexIsOld = true;
  }

  /** True while the slot is an entity. */
  has(slot: number): boolean {
    return this.#isAlive[slot] === 1;
  }

  /** Changes an entity, now and next. Throws RangeError when there is none or the place is outside of the world. */
  set(slot: number, values: Partial<EntityValues<F>>): void {
    if (!this.has(slot)) throw new RangeError(`there is no entity ${slot}`);
    this.#checkPlace(values.x ?? this.now.x[slot], values.y ?? this.now.y[slot]);
    this.state.write(slot, values);
    this.#indexIsOld = true;
  }

  /** Calls `visit` with each entity at most `radius` away from a place, in no order. */
  near(x: number, y: number, radius: number, visit: (slot: number) => void): void {
    this.#refreshIndex();
    this.state.index.visitNear(this.now, x, y, radius, (slot) => {
      if (this.has(slot)) visit(slot);
    });
  }

  /** Calls `visit` with each entity in the area, in no order. */
  within({ minX, minY, maxX, maxY }: Area, visit: (slot: number) => void): void {
    this.#refreshIndex();
    const { x: xs, y: ys } = this.now;
    this.state.index.visitCells(minX, minY, maxX, maxY, (slot) => {
      const x = xs[slot] ?? 0;
      const y = ys[slot] ?? 0;
      if (x >= minX && x <= maxX && y >= minY && y <= maxY && this.has(slot)) visit(slot);
    });
  }

  protected beginTick(): void {
    if (this.isTicking) throw new Error("a tick runs already: wait for it before the next");
    this.#refreshIndex();
    this.isTicking = true;
    this.state.copyForward(this.#end);
  }

  protected endTick(): void {
    this.state.swap();
    this.isTicking = false;
    this.#indexIsOld = true;
  }

  // Not while a tick runs: its cells are those of before it.
  #refreshIndex(): void {
    if (!this.#indexIsOld || this.isTicking) return;
    this.state.index.rebuild(this.now.x, this.now.y, this.#isAlive, this.#end);
    this.#indexIsOld = false;
  }

  #checkPlace(x: number | undefined, y: number | undefined): void {
    if (x !== undefined && y !== undefined && x >= 0 && x < this.width && y >= 0 && y < this.height) return;
    throw new RangeError(`${x},${y} is outside of the world, which ends before ${this.width},${this.height}`);
  }
}
