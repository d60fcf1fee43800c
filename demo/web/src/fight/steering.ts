/** Where to go: each from -1 to 1, together no longer than 1. */
export interface Direction {
  readonly x: number;
  readonly y: number;
}

export const still: Direction = { x: 0, y: 0 };

const keys: Readonly<Record<string, Direction>> = {
  KeyW: { x: 0, y: -1 },
  ArrowUp: { x: 0, y: -1 },
  KeyS: { x: 0, y: 1 },
  ArrowDown: { x: 0, y: 1 },
  KeyA: { x: -1, y: 0 },
  ArrowLeft: { x: -1, y: 0 },
  KeyD: { x: 1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
};

/** True for a key that steers, by its place on the keyboard. */
export function isSteering(code: string): boolean {
  return Object.hasOwn(keys, code);
}

/** Where the keys that are held lead; diagonally no faster. */
export function directionOfKeys(held: Iterable<string>): Direction {
  const sum = { x: 0, y: 0 };
  for (const code of held) {
    const { x, y } = keys[code] ?? still;
    sum.x += x;
    sum.y += y;
  }
  return shorten({ x: Math.sign(sum.x), y: Math.sign(sum.y) });
}

/** Where a pull of this length leads: nowhere within `dead`, at full speed from `full` on. */
export function directionOfPull(
  x: number,
  y: number,
  { dead, full }: { readonly dead: number; readonly full: number },
): Direction {
  const length = Math.hypot(x, y);
  if (length <= dead) return still;
  const speed = Math.min(1, length / full);
  return { x: (x / length) * speed, y: (y / length) * speed };
}

function shorten({ x, y }: Direction): Direction {
  const length = Math.hypot(x, y);
  return length <= 1 ? { x, y } : { x: x / length, y: y / length };
}
