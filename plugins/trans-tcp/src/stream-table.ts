const firstCapacity = 64;
/** Odd, and near 2^32 divided by the golden ratio: streams that follow each other land far apart. */
const spread = 0x9e37_79b1;

/**
 * The calls of one connection by their stream ids: an open-addressed table that is changed in place. A Map gets a new table
 * every few calls, and once it is old so is each of those: it keeps the calls that were in it until the whole heap is
 * collected, which costs more than all else that a call does.
 */
export class StreamTable<T extends object> {
  #streams = new Uint32Array(firstCapacity);
  #values: (T | undefined)[] = emptyValues(firstCapacity);
  #mask = firstCapacity - 1;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(stream: number): T | undefined {
    return this.#values[this.#find(stream)];
  }

  has(stream: number): boolean {
    return this.get(stream) !== undefined;
  }

  set(stream: number, value: T): void {
    if (2 * this.#size > this.#mask) this.#grow();
    const place = this.#find(stream);
    if (this.#values[place] === undefined) this.#size++;
    this.#streams[place] = stream;
    this.#values[place] = value;
  }

  /** True when it was there. */
  delete(stream: number): boolean {
    const place = this.#find(stream);
    if (this.#values[place] === undefined) return false;
    this.#size--;
    this.#close(place);
    return true;
  }

  /** Empties it; returns what was in it. */
  takeAll(): readonly T[] {
    const taken = this.#values.filter((value) => value !== undefined);
    this.#values.fill(undefined);
    this.#size = 0;
    return taken;
  }

  /** Where the stream stands, or the free place where it would. At least half of the places are free. */
  #find(stream: number): number {
    let place = this.#home(stream);
    while (this.#values[place] !== undefined && this.#streams[place] !== stream) place = (place + 1) & this.#mask;
    return place;
  }

  #home(stream: number): number {
    // The upper bits depend on all of the stream's.
    const hash = Math.imul(stream, spread);
    return (hash ^ (hash >>> 16)) & this.#mask;
  }

  /** Frees a place. What follows moves up, so that nothing stands behind a gap between its home and itself. */
  #close(place: number): void {
    let gap = place;
    for (let next = (gap + 1) & this.#mask; this.#values[next] !== undefined; next = (next + 1) & this.#mask) {
      const stream = this.#streams[next] ?? 0;
      const fromHome = (next - this.#home(stream)) & this.#mask;
      if (fromHome < ((next - gap) & this.#mask)) continue;
      this.#streams[gap] = stream;
      this.#values[gap] = this.#values[next];
      gap = next;
    }
    this.#values[gap] = undefined;
  }

  #grow(): void {
    const streams = this.#streams;
    const values = this.#values;
    const capacity = 2 * values.length;
    this.#streams = new Uint32Array(capacity);
    this.#values = emptyValues(capacity);
    this.#mask = capacity - 1;
    for (const [place, value] of values.entries()) {
      if (value === undefined) continue;
      const stream = streams[place] ?? 0;
      const free = this.#find(stream);
      this.#streams[free] = stream;
      this.#values[free] = value;
    }
    // The old table must not keep the calls either.
    values.fill(undefined);
  }
}

function emptyValues(capacity: number): undefined[] {
  return new Array<undefined>(capacity).fill(undefined);
}
