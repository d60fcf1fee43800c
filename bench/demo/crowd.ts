import type { UpdateCell } from "m3game/world";

export const crowdFields = { vx: "float64", vy: "float64", crowded: "int32" } as const;
export const edge = 1000;
/** How far they see, and how near is too near. */
export const sight = 10;
const touching = 0.5;

/**
 * Everybody walks on, turns round at the edge, counts whom it sees, and tells of whom it touches: so each part of a tick has something
 * to do.
 */
export const update: UpdateCell<typeof crowdFields, number> = (cell) => {
  const { slots, now, next, deltaMs } = cell;
  const seconds = deltaMs / 1000;
  for (const slot of slots) {
    const [x, y] = [now.x[slot] ?? 0, now.y[slot] ?? 0];
    const [vx, vy] = [now.vx[slot] ?? 0, now.vy[slot] ?? 0];
    const [nextX, nextY] = [x + vx * seconds, y + vy * seconds];
    if (nextX < 0 || nextX >= edge) next.vx[slot] = -vx;
    else next.x[slot] = nextX;
    if (nextY < 0 || nextY >= edge) next.vy[slot] = -vy;
    else next.y[slot] = nextY;
    let seen = 0;
    let isTouching = false;
    cell.near(x, y, sight, (other) => {
      if (other === slot) return;
      seen++;
      const [dx, dy] = [(now.x[other] ?? 0) - x, (now.y[other] ?? 0) - y];
      if (dx * dx + dy * dy < touching * touching) isTouching = true;
    });
    next.crowded[slot] = seen;
    if (isTouching) cell.emit(slot);
  }
};
