import { CellIndex, type CellIndexMemory, cutIntoCells } from "./cell-index.ts";
import { type ColumnMap, type Columns, createColumnMap, type Fields, toColumns } from "./columns.ts";

/** The plane and what may be on it. */
export interface WorldSize<F extends Fields> {
  /** The plane reaches from 0,0 up to, without, `width`,`height`. */
  readonly width: number;
  readonly height: number;
  /**
   * Edge of the square cells: about the distance within which entities look for each other. Smaller cells make queries
   * of small areas cheaper and those of large ones dearer.
   */
  readonly cellSize: number;
  /** The most entities at a time; memory for all of them is taken at once. */
  readonly capacity: number;
  /** What entities have beside their place. @default nothing */
  readonly fields?: F;
}

/** What a thread needs to see a world: everything is shared memory. */
export interface WorldMemory {
  readonly now: ColumnMap;
  readonly next: ColumnMap;
  readonly index: CellIndexMemory;
}

/** The two buffers of a world and the index of the one that everybody reads. */
export class WorldState<F extends Fields> {
  /** What everybody reads. */
  now: Columns<F>;
  /** What becomes `now` at the end of a tick. */
  next: Columns<F>;
  readonly index: CellIndex;
  #nowMap: ColumnMap;
  #nextMap: ColumnMap;

  constructor({ now, next, index }: WorldMemory) {
    this.#nowMap = now;
    this.#nextMap = next;
    this.now = toColumns(now);
    this.next = toColumns(next);
    this.index = new CellIndex(index);
  }

  static create<F extends Fields>({ width, height, cellSize, capacity, fields }: WorldSize<F>): WorldState<F> {
    for (const [name, value] of Object.entries({ width, height, cellSize, capacity })) {
      if (!(value > 0) || value === Number.POSITIVE_INFINITY) throw new RangeError(`${name} must be above 0: ${value}`);
    }
    const index = CellIndex.create(cutIntoCells(width, height, cellSize), capacity);
    const columns = () => createColumnMap(fields ?? {}, capacity);
    return new WorldState({ now: columns(), next: columns(), index: index.memory });
  }

  get memory(): WorldMemory {
    return { now: this.#nowMap, next: this.#nextMap, index: this.index.memory };
  }

  /** Makes `next` the same as `now`, for the slots below `end`. */
  copyForward(end: number): void {
    for (const [name, column] of this.#nowMap) this.#nextMap.get(name)?.set(column.subarray(0, end));
  }

  /** Exchanges the buffers. */
  swap(): void {
    [this.#nowMap, this.#nextMap] = [this.#nextMap, this.#nowMap];
    [this.now, this.next] = [this.next, this.now];
  }

  /** Sets all numbers of a slot to 0, in both buffers. */
  clear(slot: number): void {
    for (const map of [this.#nowMap, this.#nextMap]) for (const column of map.values()) column[slot] = 0;
  }

  /** Sets some numbers of a slot, in both buffers. */
  write(slot: number, values: Readonly<Record<string, number | undefined>>): void {
    for (const [name, value] of Object.entries(values)) {
      if (value === undefined) continue;
      for (const map of [this.#nowMap, this.#nextMap]) {
        const column = map.get(name);
        if (column !== undefined) column[slot] = value;
      }
    }
  }
}
