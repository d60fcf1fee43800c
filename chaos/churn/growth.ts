/** How much more the last third of the measurements has than the middle one, by their medians; the first third warms up. */
export function growthOf(measurements: readonly number[]): number {
  const third = Math.floor(measurements.length / 3);
  return median(measurements.slice(-third)) - median(measurements.slice(-2 * third, -third));
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
