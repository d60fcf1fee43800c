/** True when both are numbers with dots, such as `1.4.2`, and `version` comes before `other`. Anything else has no order. */
export function isOlder(version: string | undefined, other: string | undefined): boolean {
  const [a, b] = [numbersOf(version), numbersOf(other)];
  if (a === undefined || b === undefined) return false;
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

/** True for a version that comes before or after others. */
export function hasOrder(version: string): boolean {
  return numbersOf(version) !== undefined;
}

function numbersOf(version: string | undefined): readonly number[] | undefined {
  return version !== undefined && /^\d+(\.\d+)*$/.test(version) ? version.split(".").map(Number) : undefined;
}
