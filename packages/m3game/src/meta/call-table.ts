const firstCapacity = 64;
/** Odd, and near 2^32 divided by the golden ratio: numbers that follow each other land far apart. */
const spread = 0x9e37_79b1;

/**
 * Calls by numbers of 32 bits, as those of one connection: an open-addressed table that is changed in place. A Map gets a new
 * table every few calls, and once it is old so is each of those: it keeps the calls that were in it until the whole heap is
 * collected, which costs more than all else that a call does.
 */
export class CallTable<T extends object> {
  #numbers = new Uint32Array(firstCapacity);
  #values: (T | undefined)[] = emptyValues(firstCapacity);
  #mask = firstCapacity - 1;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(number: number): T | undefined {
    return this.#values[this.#find(number)];
  }

  has(number: number): boolean {
    return this.get(number) !== undefined;
  }

  set(number: number, value: T): void {
    if (2 * this.#size > this.#mask) this.#grow();
    const place = this.#find(number);
    if (this.#values[place] === undefined) this.#size++;
    this.#numbers[place] = number;
    this.#values[place] = value;
  }

  /** True when it was there. */
  delete(number: number): boolean {
    const place = this.#find(number);
    if (this.#values[place] === undefined) return false;
    this.#size--;
    this.#close(place);
    return true;
  }

  /** Empties it; returns what was in it. */
  takeAll(): readonly T[] {
    const taken = this.values();
    this.#values.fill(undefined);
    this.#size = 0;
    return taken;
  }

  /** What is in it now, in no order. */
  values(): readonly T[] {
    return this.#values.filter((value) => value !== undefined);
  }

  /** Where the number stands, or the free place where it would. At least half of the places are free. */
  #find(number: number): number {
    let place = this.#home(number);
    while (this.#values[place] !== undefined && this.#numbers[place] !== number) place = (place + 1) & this.#mask;
    return place;
  }

  #home(number: number): number {
    // The upper bits depend on all of the number's.
    const hash = Math.imul(number, spread);
    return (hash ^ (hash >>> 16)) & this.#mask;
  }

  /** Frees a place. What follows moves up, so that nothing stands behind a gap between its home and itself. */
  #close(place: number): void {
    let gap = place;
    for (let next = (gap + 1) & this.#mask; this.#values[next] !== undefined; next = (next + 1) & this.#mask) {
      const number = this.#numbers[next] ?? 0;
      const fromHome = (next - this.#home(number)) & this.#mask;
      if (fromHome < ((next - gap) & this.#mask)) continue;
      this.#numbers[gap] = number;
      this.#values[gap] = this.#values[next];
      gap = next;
    }
    this.#values[gap] = undefined;
  }

  #grow(): void {
    const numbers = this.#numbers;
    const values = this.#values;
    const capacity = 2 * values.length;
    this.#numbers = new Uint32Array(capacity);
    this.#values = emptyValues(capacity);
    this.#mask = capacity - 1;
    for (const [place, value] of values.entries()) {
      if (value === undefined) continue;
      const number = numbers[place] ?? 0;
      const free = this.#find(number);
      this.#numbers[free] = number;
      this.#values[free] = value;
    }
    // The old table must not keep the calls either.
    values.fill(undefined);
  }
}

function emptyValues(capacity: number): undefined[] {
  return new Array<undefined>(capacity).fill(undefined);
}
