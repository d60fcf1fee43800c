/** How the plane is cut into cells. */
export interface CellGrid {
  readonly columns: number;
  readonly rows: number;
  readonly cellSize: number;
}

/** Where the index lies in shared memory. */
export interface CellIndexMemory {
  readonly grid: CellGrid;
  readonly starts: Int32Array;
  readonly items: Int32Array;
}

/** Cells of `cellSize` that cover the plane; those at the right and lower edge may reach over it. */
export function cutIntoCells(width: number, height: number, cellSize: number): CellGrid {
  return { columns: Math.ceil(width / cellSize), rows: Math.ceil(height / cellSize), cellSize };
}

/** Which slots lie in which cell, made anew by a counting sort: one pass to count, one to place. */
export class CellIndex {
  readonly grid: CellGrid;
  readonly memory: CellIndexMemory;
  /** The slots of cell `c` are `items[starts[c]]` up to, without, `items[starts[c + 1]]`, ascending. */
  readonly #starts: Int32Array;
  readonly #items: Int32Array;
  readonly #cursors: Int32Array;

  constructor(memory: CellIndexMemory) {
    this.grid = memory.grid;
    this.memory = memory;
    this.#starts = memory.starts;
    this.#items = memory.items;
    this.#cursors = new Int32Array(memory.starts.length);
  }

  static create(grid: CellGrid, capacity: number): CellIndex {
    const shared = (length: number) => new Int32Array(new SharedArrayBuffer(length * Int32Array.BYTES_PER_ELEMENT));
    return new CellIndex({ grid, starts: shared(grid.columns * grid.rows + 1), items: shared(capacity) });
  }

  get cellCount(): number {
    return this.#starts.length - 1;
  }

  /** Sorts the slots below `end` that `isAlive` marks with 1 by their places. */
  rebuild(x: Float64Array, y: Float64Array, isAlive: Uint8Array, end: number): void {
    const starts = this.#starts;
    const cursors = this.#cursors;
    starts.fill(0);
    for (let slot = 0; slot < end; slot++) {
      if (isAlive[slot] === 1) increment(starts, this.cellAt(x[slot] ?? 0, y[slot] ?? 0) + 1);
    }
    for (let cell = 1; cell < starts.length; cell++) starts[cell] = (starts[cell] ?? 0) + (starts[cell - 1] ?? 0);
    cursors.set(starts);
    for (let slot = 0; slot < end; slot++) {
      if (isAlive[slot] !== 1) continue;
      const place = increment(cursors, this.cellAt(x[slot] ?? 0, y[slot] ?? 0));
      this.#items[place] = slot;
    }
  }

  /** The cell of a place; one outside of the plane counts to the nearest cell. */
  cellAt(x: number, y: number): number {
    const { columns, rows, cellSize } = this.grid;
    return clampCell(y / cellSize, rows) * columns + clampCell(x / cellSize, columns);
  }

  /** The slots of one cell, ascending: a view that the next rebuild changes. */
  slots(cell: number): Int32Array {
    return this.#items.subarray(this.#starts[cell], this.#starts[cell + 1]);
  }

  /** Calls `visit` with each slot of the cells that the rectangle touches. */
  visitCells(minX: number, minY: number, maxX: number, maxY: number, visit: (slot: number) => void): void {
    const { columns, rows, cellSize } = this.grid;
    const left = clampCell(minX / cellSize, columns);
    const right = clampCell(maxX / cellSize, columns);
    const bottom = clampCell(maxY / cellSize, rows);
    for (let row = clampCell(minY / cellSize, rows); row <= bottom; row++) {
      // The cells of a row lie side by side.
      const end = this.#starts[row * columns + right + 1] ?? 0;
      for (let at = this.#starts[row * columns + left] ?? 0; at < end; at++) visit(this.#items[at] ?? 0);
    }
  }

  /**
   * Calls `visit` with each slot whose place is at most `radius` away. Not by `visitCells`: most slots of the cells are too far
   * away, and a call for each of them would take most of the time.
   */
  visitNear(
    { x: xs, y: ys }: { readonly x: Float64Array; readonly y: Float64Array },
    x: number,
    y: number,
    radius: number,
    visit: (slot: number) => void,
  ): void {
    const { columns, rows, cellSize } = this.grid;
    const [starts, items] = [this.#starts, this.#items];
    const left = clampCell((x - radius) / cellSize, columns);
    const right = clampCell((x + radius) / cellSize, columns);
    const bottom = clampCell((y + radius) / cellSize, rows);
    const square = radius * radius;
    for (let row = clampCell((y - radius) / cellSize, rows); row <= bottom; row++) {
      const end = starts[row * columns + right + 1] ?? 0;
      for (let at = starts[row * columns + left] ?? 0; at < end; at++) {
        const slot = items[at] ?? 0;
        const dx = (xs[slot] ?? 0) - x;
        const dy = (ys[slot] ?? 0) - y;
        if (dx * dx + dy * dy <= square) visit(slot);
      }
    }
  }
}

function clampCell(position: number, count: number): number {
  if (!(position > 0)) return 0;
  return position >= count ? count - 1 : Math.floor(position);
}

/** Adds one and gives what was there before. */
function increment(numbers: Int32Array, at: number): number {
  const before = numbers[at] ?? 0;
  numbers[at] = before + 1;
  return before;
}
