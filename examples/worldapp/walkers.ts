import { Code, M3Error } from "m3game";
import { type Cell, World } from "m3game/world";

/** What an entity is told to do, beside its place. */
const fields = { targetX: "float64", targetY: "float64" } as const;

const size = 1000;
const capacity = 10_000;
/** How far entities see, and how fast they walk: in units, and units in a second. */
const sight = 20;
const speed = 3;

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** An entity as it is now. */
export interface Walker {
  readonly name: string;
  readonly from: Place;
  readonly to: Place;
  readonly at: Place;
  /** Milliseconds since 1970, 0 when it never set out. */
  readonly setOutAt: number;
}

interface Way {
  readonly slot: number;
  readonly from: Place;
  readonly setOutAt: number;
}

/** The parallel phase: each entity of a cell makes its step. */
function walk({ slots, now, next, deltaMs }: Cell<typeof fields, never>): void {
  for (const slot of slots) {
    const [x, y] = [now.x[slot] ?? 0, now.y[slot] ?? 0];
    const [dx, dy] = [(now.targetX[slot] ?? 0) - x, (now.targetY[slot] ?? 0) - y];
    const left = Math.hypot(dx, dy);
    const part = left === 0 ? 1 : Math.min(1, (speed * deltaMs) / 1000 / left);
    next.x[slot] = x + dx * part;
    next.y[slot] = y + dy * part;
  }
}

/** Entities by their names. Time passes when `tick` says so. */
export class Walkers {
  readonly #world = new World<typeof fields>({
    width: size,
    height: size,
    cellSize: sight,
    capacity,
    fields,
    update: walk,
  });
  readonly #ways = new Map<string, Way>();
  readonly #names = new Map<number, string>();

  tick(deltaMs: number): void {
    this.#world.tick(deltaMs);
  }

  /** Puts an entity on the plane; one that is there goes to that place. */
  create(name: string, at: Place): Walker {
    checkName(name);
    checkPlace(at);
    const slot = this.#ways.get(name)?.slot ?? this.#add(at);
    this.#world.set(slot, { ...at, targetX: at.x, targetY: at.y });
    this.#ways.set(name, { slot, from: at, setOutAt: 0 });
    this.#names.set(slot, name);
    return this.get(name);
  }

  /** Sends an entity on its way; one that is there already stays. */
  move(name: string, to: Place): Walker {
    checkPlace(to);
    const { at } = this.get(name);
    const { slot } = this.#wayOf(name);
    if (at.x === to.x && at.y === to.y) return this.create(name, to);
    this.#world.set(slot, { targetX: to.x, targetY: to.y });
    this.#ways.set(name, { slot, from: at, setOutAt: Date.now() });
    return this.get(name);
  }

  /** Throws NOT_FOUND. */
  get(name: string): Walker {
    const { slot, from, setOutAt } = this.#wayOf(name);
    const { x, y, targetX, targetY } = this.#world.now;
    const at = { x: x[slot] ?? 0, y: y[slot] ?? 0 };
    return { name, from, at, to: { x: targetX[slot] ?? 0, y: targetY[slot] ?? 0 }, setOutAt };
  }

  /** Those in sight of a place, by name. */
  near(place: Place): readonly Walker[] {
    checkPlace(place);
    const names: string[] = [];
    this.#world.near(place.x, place.y, sight, (slot) => {
      const name = this.#names.get(slot);
      if (name !== undefined) names.push(name);
    });
    return names.sort().map((name) => this.get(name));
  }

  #add(at: Place): number {
    if (this.#world.size < capacity) return this.#world.add(at);
    throw new M3Error(Code.RESOURCE_EXHAUSTED, `the world is full: it has room for ${capacity} entities`);
  }

  #wayOf(name: string): Way {
    const way = this.#ways.get(name);
    if (way !== undefined) return way;
    throw new M3Error(Code.NOT_FOUND, `there is no ${name}: create it first`);
  }
}

function checkName(name: string): void {
  if (name === "" || name.length > 32) throw new M3Error(Code.INVALID_ARGUMENT, "a name has 1 to 32 characters");
}

function checkPlace({ x, y }: Place): void {
  if (x >= 0 && x < size && y >= 0 && y < size) return;
  throw new M3Error(Code.INVALID_ARGUMENT, `${x},${y} is outside of the world, which ends before ${size},${size}`);
}
