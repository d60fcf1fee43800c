import type { Place } from "./track.ts";

/** Something that is seen for a moment. Times in milliseconds. */
export type Effect = { readonly from: number; readonly lasts: number } & (
  | { readonly kind: "shot"; readonly source: Place; readonly target: Place; readonly color: string }
  | {
      readonly kind: "number";
      readonly at: Place;
      readonly text: string;
      readonly color: string;
      readonly drift: number;
    }
  | { readonly kind: "burst"; readonly at: Place; readonly color: string; readonly sparks: readonly Spark[] }
);

interface Spark {
  readonly angle: number;
  readonly speed: number;
}

/** What of it is over, 0 to 1. */
export function progressOf({ from, lasts }: Effect, now: number): number {
  return Math.min(1, Math.max(0, (now - from) / lasts));
}

/** The effects that are to be seen. */
export class Effects {
  #running: Effect[] = [];

  hit(source: Place, target: Place, damage: number, color: string, now: number): void {
    this.#running.push(
      { kind: "shot", source, target, color, from: now, lasts: 180 },
      { kind: "burst", at: target, color, sparks: sparks(7, 4), from: now, lasts: 320 },
      {
        kind: "number",
        at: target,
        text: `-${damage}`,
        color: "#fff",
        drift: Math.random() - 0.5,
        from: now,
        lasts: 800,
      },
    );
  }

  fall(at: Place, color: string, now: number): void {
    this.#running.push({ kind: "burst", at, color, sparks: sparks(26, 9), from: now, lasts: 800 });
  }

  /** Those that run at this time. */
  at(now: number): readonly Effect[] {
    this.#running = this.#running.filter(({ from, lasts }) => now < from + lasts);
    return this.#running;
  }
}

function sparks(count: number, speed: number): readonly Spark[] {
  return Array.from({ length: count }, () => ({
    angle: Math.random() * 2 * Math.PI,
    speed: speed * (0.35 + Math.random() * 0.65),
  }));
}
