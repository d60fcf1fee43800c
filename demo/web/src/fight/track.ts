export interface Place {
  readonly x: number;
  readonly y: number;
}

interface Sample extends Place {
  readonly tick: number;
}

const kept = 40;

// What the rounding of coordinates may make of somebody who stands still.
const stillBelow = 0.001;

/** Where somebody was, tick by tick, and so where in between. */
export class Track {
  #samples: Sample[];

  constructor(tick: number, { x, y }: Place) {
    this.#samples = [{ tick, x, y }];
  }

  /** A place that is not newer than the last one is left out. */
  add(tick: number, { x, y }: Place): void {
    const last = this.#samples.at(-1);
    if (last !== undefined && tick <= last.tick) return;
    // Nothing is told of one who stands still: it was there until the tick before.
    if (last !== undefined && tick - last.tick > 1) this.#samples.push({ ...last, tick: tick - 1 });
    this.#samples.push({ tick, x, y });
    this.#samples = this.#samples.slice(-kept);
  }

  /** It is somewhere else all at once. */
  jump(tick: number, { x, y }: Place): void {
    this.#samples = [{ tick, x, y }];
  }

  /** Where it is at a tick, which may lie between two. Before the first place and after the last one it stands still. */
  at(tick: number): Place {
    let before: Sample | undefined;
    for (const sample of this.#samples) {
      if (sample.tick > tick) return before === undefined ? sample : between(before, sample, tick);
      before = sample;
    }
    return before ?? { x: 0, y: 0 };
  }

  /** Where it goes at a tick, in radians; undefined while it stands still. */
  headingAt(tick: number): number | undefined {
    const [from, to] = [this.at(tick - 0.5), this.at(tick)];
    const [x, y] = [to.x - from.x, to.y - from.y];
    return Math.hypot(x, y) < stillBelow ? undefined : Math.atan2(y, x);
  }
}

function between(from: Sample, to: Sample, tick: number): Place {
  const share = (tick - from.tick) / (to.tick - from.tick);
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}
