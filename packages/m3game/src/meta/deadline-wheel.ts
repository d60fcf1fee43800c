import type { Clock, Timer } from "./clock.ts";

const tickMs = 10;
const slotCount = 512;

/** Something with a deadline. It is its own list node, so that a call costs the wheel no allocation. */
export abstract class DeadlineNode {
  /** On the wheel's clock, in milliseconds; Infinity: none. */
  abstract readonly deadline: number;
  wheelNext: DeadlineNode | undefined = undefined;
  wheelPrevious: DeadlineNode | undefined = undefined;

  /** Called once when the deadline passed while the node was in the wheel; it is out of it by then. */
  abstract onDeadline(): void;
}

class Slot extends DeadlineNode {
  readonly deadline = Number.POSITIVE_INFINITY;
  onDeadline(): void {}
}

/**
 * A hashed timing wheel (Varghese and Lauck, 1987) for the deadlines of calls: adding and removing are O(1), and one
 * timer runs for all of them. A deadline is noticed up to 10 ms late, never early.
 */
export class DeadlineWheel implements Disposable {
  readonly #clock: Clock;
  readonly #slots: readonly Slot[] = Array.from({ length: slotCount }, () => new Slot());
  #size = 0;
  #tick = 0;
  #timer: Timer | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#size;
  }

  /** Starts to watch the node. One without a deadline is left alone. */
  add(node: DeadlineNode): void {
    if (node.deadline === Number.POSITIVE_INFINITY) return;
    if (this.#timer === undefined) this.#start();
    // A deadline that has passed goes into the next slot to be looked at.
    const tick = Math.max(Math.ceil(node.deadline / tickMs), this.#tick + 1);
    const head = this.#slot(tick);
    node.wheelPrevious = head;
    node.wheelNext = head.wheelNext;
    if (head.wheelNext !== undefined) head.wheelNext.wheelPrevious = node;
    head.wheelNext = node;
    this.#size++;
  }

  /** Stops watching the node; nothing happens when it is not watched. */
  remove(node: DeadlineNode): void {
    const previous = node.wheelPrevious;
    if (previous === undefined) return;
    previous.wheelNext = node.wheelNext;
    if (node.wheelNext !== undefined) node.wheelNext.wheelPrevious = previous;
    node.wheelNext = undefined;
    node.wheelPrevious = undefined;
    this.#size--;
  }

  [Symbol.dispose](): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #slot(tick: number): Slot {
    const slot = this.#slots[tick % slotCount];
    if (slot === undefined) throw new RangeError(`no slot for tick ${tick}`);
    return slot;
  }

  #start(): void {
    const now = this.#clock.now();
    this.#tick = Math.floor(now / tickMs);
    this.#arm(now);
  }

  /** To the start of the next slot, or what comes every so many ms would be noticed now early, now late in its slot. */
  #arm(now: number): void {
    const untilNext = Math.max(0, Math.ceil((this.#tick + 1) * tickMs - now));
    this.#timer = this.#clock.after(untilNext, this.#advance);
  }

  readonly #advance = (): void => {
    const now = this.#clock.now();
    const target = Math.floor(now / tickMs);
    // After a long pause each slot needs one look, however many turns of the wheel it lasted.
    const first = Math.max(this.#tick + 1, target - slotCount + 1);
    this.#tick = target;
    for (let tick = first; tick <= target; tick++) this.#expire(this.#slot(tick), now);
    if (this.#size > 0) this.#arm(this.#clock.now());
    else this.#timer = undefined;
  };

  #expire(head: Slot, now: number): void {
    const due: DeadlineNode[] = [];
    for (let node = head.wheelNext; node !== undefined; node = node.wheelNext) {
      if (node.deadline <= now) due.push(node);
    }
    for (const node of due) {
      // An earlier one of this batch may have ended this one.
      if (node.wheelPrevious === undefined) continue;
      this.remove(node);
      node.onDeadline();
    }
  }
}
