import type { ShownFighter } from "./battle.ts";

/** What a side is drawn in, as the player sees it. */
export interface Colors {
  readonly light: string;
  readonly dark: string;
}

export const friend: Colors = { light: "#5eead4", dark: "#0f766e" };
export const foe: Colors = { light: "#fb7185", dark: "#9f1239" };

export function colorsOf({ side }: ShownFighter, self: ShownFighter | undefined): Colors {
  return side === (self?.side ?? 0) ? friend : foe;
}
