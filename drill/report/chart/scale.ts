/** Where values are on an axis. */
export interface Scale {
  /** From 0, where the axis begins, to 1, where it ends. */
  place(value: number): number;
  /** The values that are written at the axis. */
  readonly ticks: readonly number[];
}

/** From 0 to a round number that is not less than `most`, with up to `count` steps. */
export function linear(most: number, count = 5): Scale {
  const end = most > 0 ? most : 1;
  const step = roundUp(end / count);
  const steps = Math.ceil(end / step);
  return {
    place: (value) => value / (step * steps),
    ticks: Array.from({ length: steps + 1 }, (_, index) => index * step),
  };
}

/** From 1 to a power of ten that is not less than `most`; what is below 1 is at 1. */
export function logarithmic(most: number): Scale {
  const decades = Math.max(1, Math.ceil(Math.log10(Math.max(most, 1))));
  return {
    place: (value) => Math.log10(Math.max(value, 1)) / decades,
    ticks: Array.from({ length: decades + 1 }, (_, index) => 10 ** index),
  };
}

/** The least of 1, 2 and 5, times a power of ten, that is not less than `value`. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const digit = [1, 2, 5].find((each) => each * power >= value) ?? 10;
  return digit * power;
}
