/** What a bot needs to know of a fighter. */
export interface Standing {
  readonly roleId: bigint;
  readonly x: number;
  readonly y: number;
}

export interface Intent {
  readonly moveX: number;
  readonly moveY: number;
  /** 0n: nobody. */
  readonly targetId: bigint;
}

const idle: Intent = { moveX: 0, moveY: 0, targetId: 0n };
/** It does not stand on whom it attacks. */
const share = 0.7;

/** The brain of a bot: it walks to the nearest enemy that stands, and attacks it once it is in range. */
export function botIntent(self: Standing, enemies: Iterable<Standing>, range: number): Intent {
  let nearest: Standing | undefined;
  let distance = Number.POSITIVE_INFINITY;
  for (const enemy of enemies) {
    const between = Math.hypot(enemy.x - self.x, enemy.y - self.y);
    if (between >= distance) continue;
    nearest = enemy;
    distance = between;
  }
  if (nearest === undefined) return idle;
  const targetId = distance <= range ? nearest.roleId : 0n;
  if (distance <= range * share) return { ...idle, targetId };
  return { moveX: (nearest.x - self.x) / distance, moveY: (nearest.y - self.y) / distance, targetId };
}
